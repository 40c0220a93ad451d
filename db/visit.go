package db

// ValueVisitor is told what a value consists of: one call that begins it, then
// one for each of its parts. It knows nothing of how that lies in memory, but
// that small collections may be whole: a listpack or an intset, in Redis's
// layout, which files have too. Bytes and elements are views that die with the
// call. A visitor must not change the database.
type ValueVisitor interface {
	// String is a string; Integer is one that is kept as a number.
	String(b []byte)
	Integer(n int64)
	// Packed is a collection of type t in one listpack.
	Packed(t Type, listpack []byte)
	// Intset is a set of integers.
	Intset(b []byte)
	// List begins a list of so many nodes; each is a listpack, or one element
	// by itself. Order rises along the list and means nothing else; only a Sink
	// is told of nodes out of order, and only in early parts.
	List(nodes int)
	Node(order int64, b []byte, packed bool)
	// Set begins a set of so many members.
	Set(members int)
	Member(m Element)
	// Hash begins a hash of so many fields. deadlines says whether some may have
	// one, a Unix time in ms; those without have NoDeadline.
	Hash(fields int, deadlines bool)
	Field(name, value Element, deadline int64)
	// ZSet begins a sorted set of so many members, in the order of scores and
	// then bytes, but for early parts.
	ZSet(members int)
	Scored(m Element, score float64)
	// Stream begins a stream: its packs follow, then its groups. StreamPack is a
	// pack with the ID that those of its entries are relative to; packs come in
	// the order of these, but for early parts.
	Stream(s StreamInfo)
	StreamPack(first StreamID, listpack []byte)
	// Group begins a consumer group: what is pending follows, in the order of
	// the IDs, then each consumer with the IDs that are pending for it.
	Group(g GroupInfo)
	Pending(id StreamID, deliveredMs int64, deliveries uint64)
	Consumer(c ConsumerInfo)
	ConsumerPending(id StreamID)
}

// StreamInfo is a stream without its packs and groups.
type StreamInfo struct {
	Packs, Len                  int64 // packs that follow; entries in them
	LastID, FirstID, DeletedMax StreamID
	Added                       uint64 // entries that there ever were
	Groups                      int    // groups that follow
}

// GroupInfo is a consumer group; see Group for the fields.
type GroupInfo struct {
	Name      []byte // a view
	LastID    StreamID
	Read      int64 // EntriesReadUnknown if not known
	Pending   int64
	Consumers int
}

// ConsumerInfo is a consumer; see Consumer for the fields.
type ConsumerInfo struct {
	Name             []byte // a view
	SeenMs, ActiveMs int64  // Unix times in ms; ActiveNever
	Pending          int64
}

// KeyInfo is what is known of a key besides its value.
type KeyInfo struct {
	DB       int    // number of its database
	Key      []byte // a view that dies with the call
	Deadline int64  // Unix time in ms, or NoDeadline
	// Idle is the seconds since the last access, Freq the logarithmic counter of
	// accesses. The policy knows one of them; the other is -1.
	Idle int64
	Freq int
}

// Visitor is told of a keyspace, key by key.
type Visitor interface {
	// Key begins a key and returns who is told of its value. Nil ends the walk.
	Key(k KeyInfo) ValueVisitor
}

// Accept tells v of every key that has not expired, in the order of the
// databases. It takes as long as there are keys, and v must not change anything.
func (k *Keyspace) Accept(v Visitor) {
	for _, d := range k.dbs {
		more := true
		d.Each(func(e *Entry) bool {
			value := v.Key(k.keyInfo(d.index, e))
			if more = value != nil; more {
				d.Visit(e, value)
			}
			return more
		})
		if !more {
			return
		}
	}
}

// keyInfo describes the key of e, in the database of that number.
func (k *Keyspace) keyInfo(index int, e *Entry) KeyInfo {
	info := KeyInfo{DB: index, Key: e.Key(), Deadline: NoDeadline, Idle: -1, Freq: -1}
	if e.hasDeadline() {
		info.Deadline = e.node().Deadline()
	}
	if k.Policy.Access != ByClock {
		info.Freq = int(k.Freq(e))
	} else {
		info.Idle = k.Idle(e)
	}
	return info
}

// DBSize is how large a database is.
type DBSize struct {
	DB             int // number
	Keys, Volatile int // keys, and those of them with a deadline
}

// Sizes returns the sizes of the databases that have keys, in order.
func (k *Keyspace) Sizes() []DBSize {
	var sizes []DBSize
	for _, d := range k.dbs {
		if n := d.Len(); n > 0 {
			sizes = append(sizes, DBSize{d.index, n, d.volatile})
		}
	}
	return sizes
}

// Visit tells v of the value of e. Fields of hashes that have expired are left
// out, so that a hash may have none.
func (d *DB) Visit(e *Entry, v ValueVisitor) {
	if e.encoding() == encObject {
		d.visitObject(e, v)
		return
	}
	e.visitSmall(v)
}

// visitSmall tells v of a value that is no object.
func (e *Entry) visitSmall(v ValueVisitor) {
	switch {
	case e.Type() == TypeString:
		if n, ok := e.Int(); ok {
			v.Integer(n)
		} else {
			v.String(e.Bytes(nil))
		}
	case e.encoding() == encPack:
		v.Packed(e.Type(), packSlot(*e.slot()).pack())
	default:
		v.Intset(packSlot(*e.slot()).intset())
	}
}

func (d *DB) visitObject(e *Entry, v ValueVisitor) {
	switch e.Type() {
	case TypeList:
		l := e.list()
		v.List(int(l.nodes))
		order := int64(0)
		for n := nodeAt(l.head); n != nil; n = nodeAt(n.next) {
			n.visit(order, v)
			order++
		}
	case TypeSet:
		v.Set(e.SetLen())
		e.SetEach(v.Member)
	case TypeHash:
		d.visitHash(e, v)
	case TypeZSet:
		v.ZSet(e.ZLen())
		it := e.ZRange(0, e.ZLen(), false)
		for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
			v.Scored(m, score)
		}
	default:
		e.Stream().visit(v)
	}
}

func (n *listNode) visit(order int64, v ValueVisitor) {
	if n.plain() {
		v.Node(order, n.text(), false)
	} else {
		v.Node(order, n.pack(), true)
	}
}

func (d *DB) visitHash(e *Entry, v ValueVisitor) {
	h := hashAt(*e.slot())
	v.Hash(d.HashLen(e), h.volatile > 0)
	h.each(func(f *hashField) {
		if !d.keys.fieldDue(f) {
			f.visit(v)
		}
	})
}

func (f *hashField) visit(v ValueVisitor) {
	deadline := NoDeadline
	if f.expires() {
		deadline = f.node().Deadline()
	}
	v.Field(Element{Bytes: f.name()}, Element{Bytes: f.value()}, deadline)
}

func (s *Stream) visit(v ValueVisitor) {
	v.Stream(s.info())
	for pos := s.packs.first(); pos.node != nil; pos = s.packs.next(pos) {
		v.StreamPack(pos.id(), slotOf(pos).pack())
	}
	for i := range s.Groups() {
		s.GroupAt(i).visit(v)
	}
}

func (s *Stream) info() StreamInfo {
	return StreamInfo{
		Packs: s.packs.count, Len: int64(s.length), LastID: s.last, FirstID: s.first,
		DeletedMax: s.deletedMax, Added: s.added, Groups: s.Groups(),
	}
}

func (g *Group) info() GroupInfo {
	return GroupInfo{
		Name: g.Name(), LastID: g.LastID, Read: g.Read, Pending: g.pending.count, Consumers: g.Consumers(),
	}
}

func (c *Consumer) info() ConsumerInfo {
	return ConsumerInfo{Name: c.Name(), SeenMs: c.SeenMs, ActiveMs: c.ActiveMs, Pending: c.pending.count}
}

func (g *Group) visit(v ValueVisitor) {
	v.Group(g.info())
	for pos := g.pending.first(); pos.node != nil; pos = g.pending.next(pos) {
		p := (*Pending)(pos.value())
		v.Pending(pos.id(), p.DeliveredMs, uint64(p.Deliveries))
	}
	for i := range g.Consumers() {
		c := g.ConsumerAt(i)
		v.Consumer(c.info())
		for pos := c.pending.first(); pos.node != nil; pos = c.pending.next(pos) {
			v.ConsumerPending(pos.id())
		}
	}
}

// Scratch returns a database that is none of the numbered ones and empty: who
// reads a value from outside makes it there, key by key, and renames it to
// where it belongs once it is known to be whole.
func (k *Keyspace) Scratch() *DB {
	if k.nursery == nil {
		k.nursery = newDB(k, -1)
	}
	return k.nursery
}
