package db

import (
	"testing"
	"time"
)

// TestReplay: while a log is replayed nothing is due, however late it is;
// afterwards all that is goes.
func TestReplay(t *testing.T) {
	k := New(1, 1000)
	d := k.DB(0)
	key, other, field := []byte("key"), []byte("hash"), []byte("field")
	hash := Hash(key)
	d.SetString(key, hash, []byte("value"), 1500)
	e := d.HashPrepare(other, Hash(other), nil, [][]byte{field, field})
	d.HashPut(e, field, field)
	d.HashSetDeadline(e, field, 1500)
	k.Replay = true
	k.SetNow(5000)
	if d.Peek(key, hash) == nil || k.Passed(1500) || !k.Expire(time.Second) || d.Len() != 2 {
		t.Error("a key expired")
	}
	if _, any := k.NextDeadline(); any {
		t.Error("something is to be done")
	}
	e = d.LiveHash(other, Hash(other), d.Peek(other, Hash(other)))
	if e == nil || d.HashLen(e) != 1 || d.HashEmpty(e) {
		t.Error("a hash expired")
	} else if _, ok := d.HashGet(e, field); !ok {
		t.Error("a field expired")
	}
	k.Replay = false
	if !k.Passed(1500) || !k.Expire(time.Second) || d.Len() != 0 || k.Expired != 1 || k.ExpiredFields != 1 {
		t.Errorf("afterwards %d keys are there, %d and %d fields expired", d.Len(), k.Expired, k.ExpiredFields)
	}
}

// TestDueFieldsAreMet: more fields are due than are removed before a command.
// Those that it looks for, or writes, are told of, each once.
func TestDueFieldsAreMet(t *testing.T) {
	k := New(1, 1000)
	d := k.DB(0)
	told := map[string]int{}
	k.OnFieldExpire = func(_ *DB, key, field []byte, last bool) { told[string(key)+string(field)]++ }
	name := func(i int) []byte { return []byte{byte('a' + i/26/26), byte('a' + i/26%26), byte('a' + i%26)} }
	fill := func(key string, count int) {
		b := []byte(key)
		e := d.HashPrepare(b, Hash(b), nil, [][]byte{b, b})
		d.HashPut(e, []byte("stays"), b)
		for i := range count {
			d.HashPut(e, name(i), []byte("7"))
			d.HashSetDeadline(e, name(i), 1500)
		}
	}
	fill("first", settleMax+10)
	fill("second", 40)
	k.SetNow(2000)
	key := []byte("second")
	e := d.LiveHash(key, Hash(key), d.Peek(key, Hash(key)))
	before := len(told)
	d.HashGet(e, name(0))
	d.HashPut(e, name(1), name(1))
	d.HashUpdate(e, name(2), name(2))
	if n, _ := d.HashAdd(e, name(3), 1); n != 1 {
		t.Errorf("an expired field was added to: %d", n)
	}
	d.HashDeadline(e, name(4))
	if d.HashDelete(e, name(5)) {
		t.Error("an expired field was deleted")
	}
	for i := range 6 {
		if told["second"+string(name(i))] != 1 {
			t.Errorf("field %d was told of %d times", i, told["second"+string(name(i))])
		}
	}
	if met := len(told) - before; met > 6 {
		t.Errorf("%d fields were told of", met)
	}
	for !k.Expire(time.Second) {
	}
	if n := d.HashLen(d.Peek(key, Hash(key))); n != 4 {
		t.Errorf("%d fields stay", n)
	}
}
