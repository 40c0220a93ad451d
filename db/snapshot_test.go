package db

import (
	"strings"
	"testing"
	"time"

	"basalt/db/arena"
	"basalt/internal/seeds"
)

// snapshotOp begins, drives or cancels a snapshot, or goes on with moving all
// there is.
func (h *snapHistory) snapshotOp() {
	k := h.keys
	if h.IntN(8) == 0 {
		h.note("compact")
		stir(k)
	}
	running, _ := k.Snapshotting()
	switch n := h.IntN(60); {
	case !running && n < 12:
		h.want, h.began = copyOf(k), k.now
		h.sink = newTestSink(func() bool { return !h.stall })
		h.note("begin")
		if err := k.BeginSnapshot(h.sink); err != nil {
			h.t.Fatal(err)
		}
	case running && n == 0:
		h.note("cancel")
		k.CancelSnapshot()
		h.sink.closed = true
		if err := k.BeginSnapshot(h.sink); err != ErrSnapshotRunning {
			h.t.Fatalf("a snapshot begins while another is wound up: %v", err)
		}
	case n < 5:
		h.stall = !h.stall
	case n < 5+h.pace:
		h.note("slice")
		h.advance(0)
	}
}

// advance goes on with the snapshot, and compares it at its end.
func (h *snapHistory) advance(budget time.Duration) {
	if running, _ := h.keys.Snapshotting(); !running {
		return
	}
	before := h.sink.told
	if !h.keys.SnapshotStep(budget) {
		if h.stall && h.sink.told != before {
			h.t.Fatal("the walk tells something to a sink that is not ready")
		}
		return
	}
	if h.sink.end {
		h.compare()
	}
}

func (h *snapHistory) compare() {
	h.note("end")
	h.done++
	if diff := differences(h.sink.lines(h.began), h.want); diff != "" {
		h.t.Fatal(diff)
	}
	if running, p := h.keys.Snapshotting(); running || p != (SnapshotProgress{}) {
		h.t.Fatalf("a snapshot after its end: %v", p)
	}
	h.sink = nil
}

// settleAll ends what goes on and checks everything.
func (h *snapHistory) settleAll() {
	h.stall = false
	for {
		if running, _ := h.keys.Snapshotting(); !running {
			break
		}
		h.advance(time.Hour)
	}
	for h.keys.Dying() > 0 {
		h.keys.Reclaim(time.Hour)
	}
	h.keys.checkHashes()
	h.keys.checkEpoch()
}

// checkEpoch stops if something is stale while no snapshot runs.
func (k *Keyspace) checkEpoch() {
	for _, d := range k.dbs {
		must(d.savedAs == 0, "db %d counts as one that is to be told", d.index)
		for cursor := uint64(0); ; {
			cursor = d.table.Scan(cursor, func(r arena.Ref) {
				e := entryAt(r)
				must(!k.stale(e), "key %q is stale", e.Key())
				if e.encoding() == encObject {
					k.checkObjectEpoch(e)
				}
			})
			if cursor == 0 {
				break
			}
		}
	}
}

func (k *Keyspace) checkObjectEpoch(e *Entry) {
	switch slot := *e.slot(); e.Type() {
	case TypeList:
		for n := nodeAt(e.list().head); n != nil; n = nodeAt(n.next) {
			must(n.epoch == k.epoch, "a node of %q is stale", e.Key())
		}
	case TypeSet:
		eachMember(setTableAt(slot), func(r arena.Ref) {
			must(!memberStale(r, k.epoch), "a member of %q is stale", e.Key())
		})
	case TypeHash:
		hashAt(slot).each(func(f *hashField) { must(!f.stale(k.epoch), "a field of %q is stale", e.Key()) })
	case TypeZSet:
		z := zsetAt(slot)
		for r := leftmost(z.order.root); r != 0; r = following(r) {
			must(!scoredAt(r).stale(k.epoch), "a member of %q is stale", e.Key())
		}
	case TypeStream:
		s := e.Stream()
		must(s.epoch == k.epoch, "stream %q is stale", e.Key())
		for i := range s.Groups() {
			must(s.GroupAt(i).epoch == k.epoch, "a group of %q is stale", e.Key())
		}
	}
}

// TestSnapshotModel holds snapshots against copies that were taken when they
// began, in random histories over all types.
func TestSnapshotModel(t *testing.T) {
	histories, steps := 24, 3000
	if testing.Short() {
		histories = 8
	}
	done, start := 0, seeds.Of(t)
	for i := range uint64(histories) {
		seed := start + i
		h := newSnapHistory(t, seed)
		func() {
			defer func() {
				if x := recover(); x != nil || t.Failed() {
					t.Logf("seed %d, before:\n%s", seed, strings.Join(h.log[max(0, len(h.log)-40):], "\n"))
					if x != nil {
						panic(x)
					}
				}
			}()
			for range steps {
				h.step()
				h.snapshotOp()
				if h.IntN(500) == 0 {
					h.settleAll()
				}
			}
			h.settleAll()
		}()
		done += h.done
	}
	if done < histories {
		t.Errorf("%d snapshots in %d histories", done, histories)
	}
}
