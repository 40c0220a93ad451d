package db

import (
	"reflect"
	"strconv"
	"testing"
	"time"

	"basalt/db/arena"
)

func TestNoGoPointersInEntries(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Entry](), reflect.TypeFor[block]()} {
		if err := arena.CheckNoGoPointers(typ); err != nil {
			t.Error(err)
		}
	}
}

// TestExpiryIsOnTime moves the clock ms by ms: each key goes in the first ms
// behind its deadline, whoever gets there first, and is reported once.
func TestExpiryIsOnTime(t *testing.T) {
	for _, active := range []bool{true, false} {
		k := New(3, modelEpoch)
		k.ActiveExpire = active
		reported := map[string]int{}
		k.OnExpire = func(d *DB, key []byte) { reported[strconv.Itoa(d.Index())+string(key)]++ }
		const n = 300
		for i := range n {
			key := []byte(strconv.Itoa(i))
			k.DB(i%3).SetString(key, Hash(key), []byte("v"), modelEpoch+int64(i))
		}
		for k.now < modelEpoch+n {
			k.SetNow(k.now + 1)
			if next, ok := k.NextDeadline(); ok && next < k.now {
				t.Fatalf("next deadline %d, now %d", next-modelEpoch, k.now-modelEpoch)
			}
			if !k.Expire(time.Minute) {
				t.Fatal("a minute is not enough")
			}
			past := int(k.now - modelEpoch)
			for i := past - 2; i < past+2; i++ {
				if i < 0 || i >= n {
					continue
				}
				key := []byte(strconv.Itoa(i))
				if there := k.DB(i%3).Peek(key, Hash(key)) != nil; there != (i >= past) {
					t.Fatalf("active %v: after %d ms key %d is there: %v", active, past, i, there)
				}
			}
			if active && k.Len() != n-past {
				t.Fatalf("after %d ms %d keys are left", past, k.Len())
			}
		}
		if len(reported) != n || k.Expired != n || k.Len() != 0 {
			t.Errorf("active %v: %d reported, %d counted, %d left", active, len(reported), k.Expired, k.Len())
		}
		for key, times := range reported {
			if times != 1 {
				t.Errorf("key %s expired %d times", key, times)
			}
		}
		if _, ok := k.NextDeadline(); ok {
			t.Error("there is a next deadline")
		}
	}
}

// TestExpireTakesTurns lets one database expire so much that a slice is not
// enough for it, and looks whether others have their turn.
func TestExpireTakesTurns(t *testing.T) {
	k := New(2, modelEpoch)
	last := []byte("last")
	k.DB(1).SetString(last, Hash(last), last, modelEpoch+1)
	for i := range 20_000 {
		key := []byte(strconv.Itoa(i))
		k.DB(0).SetString(key, Hash(key), key, modelEpoch+1)
	}
	k.SetNow(modelEpoch + 1000)
	if lag := k.ExpireLag(); lag <= 0 || lag > 1000 {
		t.Errorf("lag of %d ms", lag)
	}
	if k.Expire(0) || k.DB(1).Len() == 0 {
		t.Error("20,000 keys expired in no time")
	}
	if k.Expire(0) || k.DB(1).Len() != 0 {
		t.Error("the other database waits")
	}
	if !k.Expire(time.Minute) || k.Len() != 0 {
		t.Errorf("%d keys left", k.Len())
	}
	if lag := k.ExpireLag(); lag != 0 {
		t.Errorf("lag of %d ms with nothing to expire", lag)
	}
	if k.ExpiredLatestMs != 998 || k.ExpiredLateMs != 998*20_001 {
		t.Errorf("%d ms late at most, %d in all", k.ExpiredLatestMs, k.ExpiredLateMs)
	}
}

func TestAverageTTL(t *testing.T) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	if got := d.AverageTTL(); got != 0 {
		t.Errorf("%d without keys", got)
	}
	for i := range 1000 {
		key := []byte(strconv.Itoa(i))
		d.SetString(key, Hash(key), key, modelEpoch+int64(i)*1000)
	}
	if got := d.AverageTTL(); got < 499_000 || got > 500_000 {
		t.Errorf("average of 0 to 999 s is %d ms", got)
	}
	forever := []byte("forever")
	d.SetString(forever, Hash(forever), forever, 1<<62)
	if got := d.AverageTTL(); got <= 0 {
		t.Errorf("average %d with a deadline far off", got)
	}
	d.Delete(forever, Hash(forever))
	k.SetNow(modelEpoch + 400_000)
	if got := d.AverageTTL(); got < 99_000 || got > 100_000 {
		t.Errorf("400 s later the average is %d ms", got)
	}
}

// FuzzHistory is TestModel for whoever has time.
func FuzzHistory(f *testing.F) {
	f.Add(uint64(1), uint16(5), uint16(2000))
	f.Add(uint64(2), uint16(1000), uint16(5000))
	f.Fuzz(func(t *testing.T, seed uint64, span, steps uint16) {
		h := newHistory(t, seed, 1+int(span)%5000)
		for range steps {
			h.step()
		}
		h.end()
	})
}
