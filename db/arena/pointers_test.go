package arena

import (
	"reflect"
	"testing"
	"unsafe"
)

type listNode struct {
	next  *listNode
	value [3]struct{ ref Ref }
}

type treeNode struct {
	list *listNode
	raw  unsafe.Pointer
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
