package resp

import (
	"slices"
	"testing"
)

func TestShared(t *testing.T) {
	message := []byte("+one\r\n+two\r\n+three\r\n")
	var w Writer
	w.Reset(make([]byte, 0, 16))
	w.SimpleString("first")
	held := []bool{
		w.Shared(message[:6], 7),
		w.Shared(message[6:12], 7),  // goes on where the last one ended
		w.Shared(message[:6], 7),    // does not
		w.Shared(message[12:20], 8), // other memory
		w.Shared(nil, 8),
	}
	if want := []bool{true, false, true, true, false}; !slices.Equal(held, want) {
		t.Errorf("held %v, want %v", held, want)
	}
	w.SimpleString("last")
	const want = "+first\r\n+one\r\n+two\r\n+one\r\n+three\r\n+last\r\n"
	if got := string(w.AppendTo(nil)); got != want || w.Size() != len(want) {
		t.Errorf("got %q of %d bytes, want %q", got, w.Size(), want)
	}

	var o Writer
	o.SimpleString("before")
	o.Take(&w)
	o.SimpleString("after")
	if got := string(o.AppendTo(nil)); got != "+before\r\n"+want+"+after\r\n" {
		t.Errorf("taken over: %q", got)
	}
	if w.Size() != 0 || len(w.Parts()) != 0 {
		t.Errorf("%d bytes left behind", w.Size())
	}
	var pins []uint64
	o.Release(func(pin uint64) { pins = append(pins, pin) })
	if !slices.Equal(pins, []uint64{7, 7, 8}) {
		t.Errorf("unpinned %v", pins)
	}
}
