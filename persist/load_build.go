package persist

import (
	"errors"
	"fmt"
	"math"

	"basalt/db"
)

// memberWindow is how many members of a set are put in together, so that the
// waits for memory overlap.
const memberWindow = 16

var (
	errTwice      = errors.New("two groups of one name")
	errTwiceNamed = errors.New("two consumers of one name")
)

// builder makes a value of steps: the keyspace's end of a valueReader.
type builder struct {
	keys *db.Keyspace
	d    *db.DB
	key  []byte
	hash uint64
	// entry is that of the key once it has a value, or nil. Only what the
	// builder itself does may move it.
	entry    *db.Entry
	stream   *db.Stream
	group    *db.Group
	consumer *db.Consumer
	// deadline is what a string gets; others get it at the end.
	deadline  int64
	delivered delivered
	members   [][]byte // of a set, to be put in; views
	// window says that the bytes of steps live until settle is called, so that
	// members may wait for each other.
	window bool
	pairs  [][]byte // of an entry of a stream; views
	one    [1][]byte
	pair   [2][]byte
}

// open begins a value under key, whose hash is hash, in d, where it is absent.
// key is good until the value is complete.
func (b *builder) open(keys *db.Keyspace, d *db.DB, key []byte, hash uint64) {
	b.keys, b.d, b.key, b.hash = keys, d, key, hash
	b.entry, b.stream, b.group, b.consumer = nil, nil, nil, nil
	b.deadline = db.NoDeadline
	b.members, b.pairs = b.members[:0], b.pairs[:0]
}

// abandon removes what there is of the value.
func (b *builder) abandon() {
	if b.entry != nil {
		b.d.Remove(b.hash, b.entry)
		b.entry = nil
	}
	b.members = b.members[:0]
}

// put implements stepSink.
func (b *builder) put(k step, x, y uint64, a, c []byte) error {
	switch k {
	case stepPack:
		return b.pack(db.Type(x), int(y), a)
	case stepText:
		b.entry = b.d.LoadString(b.key, b.hash, a, b.deadline)
	case stepBlob:
		b.entry = b.d.LoadBlob(b.key, b.hash, x, b.deadline)
	case stepElement, stepElementBlob:
		b.push(x, a, k == stepElementBlob)
	case stepMember:
		b.members = append(b.members, a)
		if len(b.members) == memberWindow || b.entry == nil || !b.window {
			return b.settle()
		}
	case stepScored:
		if b.entry == nil {
			b.entry = b.d.ZCreate(b.key, b.hash, 1, len(a))
		}
		if outcome, _ := b.d.ZAdd(b.entry, math.Float64frombits(x), a, 0); outcome != db.ZAdded {
			return fmt.Errorf("member %.40q is there twice", a)
		}
	case stepField:
		return b.field(a, c, int64(x))
	default:
		return b.putStream(k, x, y, a, c)
	}
	return nil
}

// settle puts in what waits, before its bytes die.
func (b *builder) settle() error {
	n := len(b.members)
	if n == 0 {
		return nil
	}
	added := b.d.SetAdd(b.key, b.hash, b.entry, b.members)
	if b.entry == nil {
		b.entry = b.d.LoadFind(b.key, b.hash)
	}
	switch {
	case added == n:
	case n == 1:
		return fmt.Errorf("member %.40q is there twice", b.members[0])
	default:
		// Which one is for somebody with more time than this.
		return fmt.Errorf("one of the members %.40q to %.40q is there twice", b.members[0], b.members[n-1])
	}
	b.members = b.members[:0]
	return nil
}

// pack puts in a whole listpack, or its elements if the limits have it so.
func (b *builder) pack(t db.Type, longest int, p []byte) error {
	var e *db.Entry
	each := 2
	switch t {
	case db.TypeList:
		each = 1
		e = b.d.LoadNode(b.key, b.hash, b.entry, p)
	case db.TypeSet:
		each = 1
		fallthrough
	default:
		e = b.d.LoadPacked(b.key, b.hash, t, p, longest)
	}
	if e != nil {
		b.entry = e
		return nil
	}
	var first error
	window := b.window
	b.window = false
	unpack(t, p, each, func(format string, args ...any) {
		panic("BUG: persist: a listpack that was checked is not right: " + fmt.Sprintf(format, args...))
	}, func(k step, x, y uint64, a, c []byte) {
		if first == nil {
			first = b.put(k, x, y, a, c)
		}
	})
	b.window = window
	return first
}

// push appends an element to the list: a, or the blob of that token.
func (b *builder) push(token uint64, a []byte, blob bool) {
	if b.entry == nil {
		b.entry = b.d.NewList(b.key, b.hash)
	}
	if !blob {
		b.one[0] = a
		b.d.ListGrow(b.entry, b.one[:])
		b.d.ListPush(b.entry, b.one[:], false)
		return
	}
	a = db.BlobBytes(token)
	b.one[0] = a
	b.d.ListGrow(b.entry, b.one[:])
	b.d.ListPushElement(b.entry, db.ElementOf(a), token, false)
}

func (b *builder) field(name, value []byte, deadline int64) error {
	b.pair = [2][]byte{name, value}
	b.entry = b.d.HashPrepare(b.key, b.hash, b.entry, b.pair[:])
	if !b.d.HashPut(b.entry, name, value) {
		return fmt.Errorf("field %.40q is there twice", name)
	}
	if deadline != db.NoDeadline {
		b.d.HashSetDeadline(b.entry, name, deadline)
	}
	return nil
}

func (b *builder) putStream(k step, x, y uint64, a, c []byte) error {
	id := db.StreamID{Ms: x, Seq: y}
	switch k {
	case stepStream:
		b.stream = b.d.CreateStream(b.key, b.hash)
		b.entry = b.d.LoadFind(b.key, b.hash)
	case stepPair:
		b.pairs = append(b.pairs, a, c)
	case stepEntry:
		b.stream.Append(b.keys, id, b.pairs)
		b.pairs = b.pairs[:0]
	case stepStreamLast:
		b.stream.SetLastID(id)
	case stepStreamDelete:
		b.stream.SetDeletedMax(id)
	case stepStreamAdded:
		b.stream.SetAdded(x)
	case stepGroup:
		if b.group = b.stream.CreateGroup(b.keys, a, id, db.EntriesReadUnknown); b.group == nil {
			return errTwice
		}
	case stepGroupRead:
		b.group.Read = int64(x)
	case stepConsumer:
		if b.consumer = b.group.CreateConsumer(b.keys, a); b.consumer == nil {
			return errTwiceNamed
		}
		b.consumer.SeenMs, b.consumer.ActiveMs = int64(x), int64(y)
	case stepDelivered:
		b.delivered = delivered{int64(x), y}
	case stepPending:
		p := b.group.Deliver(b.keys, id, b.consumer, b.delivered.ms)
		p.Deliveries = int64(b.delivered.times)
	default:
		panic("BUG: persist: a step that is none of a value's")
	}
	return nil
}
