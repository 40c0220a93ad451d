package arena

import (
	"reflect"
	"testing"
	"unsafe"
)

type listNode struct {
	_ *listNode
	_ [3]struct{ _ Ref }
}

type treeNode struct {
	_ *listNode
	_ unsafe.Pointer
}

func TestCheckNoGoPointers(t *testing.T) {
	raw := reflect.TypeFor[unsafe.Pointer]()
	list := reflect.TypeFor[listNode]()
	for _, c := range []struct {
		t       reflect.Type
		offHeap []reflect.Type
		ok      bool
	}{
		{list, nil, true},
		{reflect.TypeFor[treeNode](), nil, false},
		{reflect.TypeFor[treeNode](), []reflect.Type{list}, false},
		{reflect.TypeFor[treeNode](), []reflect.Type{list, raw}, true},
		{reflect.TypeFor[struct{ s string }](), nil, false},
		{reflect.TypeFor[[4][]byte](), nil, false},
		{reflect.TypeFor[struct{ e error }](), nil, false},
		{reflect.TypeFor[struct{ f func() }](), nil, false},
		{reflect.TypeFor[struct{ m map[int]int }](), nil, false},
		{reflect.TypeFor[struct{ c chan int }](), nil, false},
		{reflect.TypeFor[struct{ p *int }](), nil, false},
		{list, []reflect.Type{reflect.TypeFor[struct{ s string }]()}, false},
	} {
		if err := CheckNoGoPointers(c.t, c.offHeap...); (err == nil) != c.ok {
			t.Errorf("%v with %v: %v", c.t, c.offHeap, err)
		}
	}
}

// TestDescriptors asserts the rule for what the arena itself keeps outside
// the Go heap.
func TestDescriptors(t *testing.T) {
	raw := reflect.TypeFor[unsafe.Pointer]()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[slab](), reflect.TypeFor[run](), reflect.TypeFor[region](), reflect.TypeFor[Blob](),
	} {
		if err := CheckNoGoPointers(typ, raw); err != nil {
			t.Error(err)
		}
	}
}

func TestHasPointers(t *testing.T) {
	for _, c := range []struct {
		t   reflect.Type
		has bool
	}{
		{reflect.TypeFor[Blob](), false},
		{reflect.TypeFor[run](), false},
		{reflect.TypeFor[slab](), true},
		{reflect.TypeFor[listNode](), true},
		{reflect.TypeFor[[2]Ref](), false},
		{reflect.TypeFor[[0]*int](), false},
		{reflect.TypeFor[string](), true},
	} {
		if HasPointers(c.t) != c.has {
			t.Errorf("%v: %v", c.t, !c.has)
		}
	}
}
