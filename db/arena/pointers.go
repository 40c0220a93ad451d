package arena

import (
	"fmt"
	"reflect"
	"slices"
)

// CheckNoGoPointers returns an error if t, the type of a block, can hold a
// pointer to the Go heap: a string, slice, map, channel, function, interface,
// or a pointer to anything but t and the types of offHeap. Those are checked
// as well. An unsafe.Pointer is let through only if its type is in offHeap.
// It is meant for the tests of those who lay structs over blocks.
func CheckNoGoPointers(t reflect.Type, offHeap ...reflect.Type) error {
	allowed := append([]reflect.Type{t}, offHeap...)
	for _, root := range allowed {
		if err := checkPointers(root, root.String(), allowed); err != nil {
			return err
		}
	}
	return nil
}

func checkPointers(t reflect.Type, path string, allowed []reflect.Type) error {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return nil
	case reflect.Array:
		return checkPointers(t.Elem(), path+"[]", allowed)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if err := checkPointers(f.Type, path+"."+f.Name, allowed); err != nil {
				return err
			}
		}
		return nil
	case reflect.Pointer:
		if slices.Contains(allowed, t.Elem()) {
			return nil
		}
	case reflect.UnsafePointer:
		if slices.Contains(allowed, t) {
			return nil
		}
	}
	return fmt.Errorf("%s: a %v can point into the Go heap", path, t)
}

// HasPointers reports whether t has typed pointers, so that blocks of it have
// to come from AllocZero. A test asserts the contrary for a type that Alloc is
// used for.
func HasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && HasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if HasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Pointer, reflect.UnsafePointer, reflect.String, reflect.Slice, reflect.Map,
		reflect.Chan, reflect.Func, reflect.Interface:
		return true
	}
	return false
}
