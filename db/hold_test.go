package db

import "testing"

// TestHold: what has expired is not found and not removed either, but for who
// deletes it to write in its place.
func TestHold(t *testing.T) {
	k := New(1, 1000)
	d := k.DB(0)
	key := []byte("key")
	hash := Hash(key)
	d.SetString(key, hash, []byte("value"), 1500)
	k.Hold = true
	k.SetNow(2000)
	if d.Peek(key, hash) != nil || d.LookupRead(key, hash, true) != nil || d.LookupWrite(key, hash, true) != nil {
		t.Error("an expired key is found")
	}
	if d.Len() != 1 || d.Volatile() != 1 || k.Expired != 0 {
		t.Errorf("%d keys, %d with a deadline, %d expired", d.Len(), d.Volatile(), k.Expired)
	}
	if d.Delete(key, hash) || d.Len() != 0 || k.Expired != 1 {
		t.Error("an expired key was deleted like a living one, or not at all")
	}
	d.SetString(key, hash, []byte("value"), 2500)
	k.SetNow(3000)
	k.Hold = false
	if d.Peek(key, hash) != nil || d.Len() != 0 || k.Expired != 2 {
		t.Error("an expired key outlives the hold")
	}
}
