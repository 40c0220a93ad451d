package db

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"basalt/db/pack"
	"basalt/internal/decimal"
)

// recorded is a key as a visitor was told of it.
type recorded struct {
	deadline int64
	kind     string
	text     string            // of a string
	nodes    []recordedNode    // of a list
	members  map[string]string // of a set, hash or sorted set, with value, deadline or score
	expires  map[string]int64  // fields with a deadline
	stream   StreamInfo        // of a stream
	packs    map[StreamID]string
	groups   map[string][]byte
	left     int // elements to come
	groupRecord
}

// groupRecord is the group that is being told, and what of it is to come.
type groupRecord struct {
	group    string
	pending  int64
	consumer int
	owned    int64
}

func (g *groupRecord) whole() bool { return g.pending == 0 && g.consumer == 0 && g.owned == 0 }

type recordedNode struct {
	order    int64
	elements []string
}

// recording is a Visitor, and a ValueVisitor of the key that was begun last.
type recording struct {
	keys map[string]*recorded
	at   *recorded
	told int // calls for elements
}

func newRecording() *recording { return &recording{keys: map[string]*recorded{}} }

func (r *recording) begin(k KeyInfo) *recorded {
	name := fmt.Sprintf("%d/%s", k.DB, k.Key)
	if r.keys[name] != nil {
		panic("key " + name + " is told twice")
	}
	x := &recorded{deadline: k.Deadline}
	r.keys[name] = x
	return x
}

func (r *recording) Key(k KeyInfo) ValueVisitor {
	r.at = r.begin(k)
	return r
}

func (r *recording) head(kind string, left int) {
	if r.at.kind != "" {
		panic("a value begins twice: " + r.at.kind + ", " + kind)
	}
	r.told++
	r.at.kind, r.at.left = kind, left
}

// element counts one that was announced by a head of that kind.
func (r *recording) element(kind string) {
	if r.at.kind != kind || r.at.left == 0 || !r.at.whole() {
		panic(fmt.Sprintf("element of a %s in a %s, %d are to come", kind, r.at.kind, r.at.left))
	}
	r.told++
	r.at.left--
}

func elementString(e Element) string {
	var scratch [decimal.MaxLen]byte
	return string(e.Text(scratch[:]))
}

func (r *recording) String(b []byte)  { r.head("string", 0); r.at.text = string(b) }
func (r *recording) Integer(n int64)  { r.head("string", 0); r.at.text = strconv.FormatInt(n, 10) }
func (r *recording) List(nodes int)   { r.head("list", nodes) }
func (r *recording) Set(members int)  { r.head("set", members); r.at.members = map[string]string{} }
func (r *recording) ZSet(members int) { r.head("zset", members); r.at.members = map[string]string{} }
func (r *recording) Hash(fields int, deadlines bool) {
	r.head("hash", fields)
	r.at.members = map[string]string{}
	if deadlines {
		r.at.expires = map[string]int64{}
	}
}

func (r *recording) Packed(t Type, listpack []byte) {
	var all []string
	p := pack.Pack(listpack)
	for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
		all = append(all, elementString(p.Get(at)))
	}
	switch t {
	case TypeList:
		r.head("list", 0)
		r.at.nodes = []recordedNode{{0, all}}
	case TypeSet:
		r.Set(0)
		for _, m := range all {
			r.at.members[m] = ""
		}
	case TypeHash:
		r.Hash(0, false)
		for i := 0; i < len(all); i += 2 {
			r.at.members[all[i]] = all[i+1]
		}
	case TypeZSet:
		r.ZSet(0)
		for i := 0; i < len(all); i += 2 {
			score, _ := strconv.ParseFloat(all[i+1], 64)
			r.at.members[all[i]] = fmt.Sprint(score)
		}
	}
}

func (r *recording) Intset(b []byte) {
	r.Set(0)
	for s, i := pack.Intset(b), 0; i < s.Len(); i++ {
		r.at.members[strconv.FormatInt(s.At(i), 10)] = ""
	}
}

func (r *recording) Node(order int64, b []byte, packed bool) {
	r.element("list")
	n := recordedNode{order: order, elements: []string{string(b)}}
	if packed {
		n.elements = nil
		p := pack.Pack(b)
		for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
			n.elements = append(n.elements, elementString(p.Get(at)))
		}
	}
	r.at.nodes = append(r.at.nodes, n)
}

func (r *recording) put(kind, member, value string) {
	r.element(kind)
	if _, ok := r.at.members[member]; ok {
		panic("member " + member + " is told twice")
	}
	r.at.members[member] = value
}

func (r *recording) Member(m Element) { r.put("set", elementString(m), "") }
func (r *recording) Scored(m Element, score float64) {
	r.put("zset", elementString(m), fmt.Sprint(score))
}

func (r *recording) Field(name, value Element, deadline int64) {
	r.put("hash", elementString(name), elementString(value))
	if deadline != NoDeadline {
		r.at.expires[elementString(name)] = deadline
	}
}

func (r *recording) Stream(s StreamInfo) {
	r.head("stream", int(s.Packs)+s.Groups)
	r.at.stream = s
	r.at.packs, r.at.groups = map[StreamID]string{}, map[string][]byte{}
}

func (r *recording) StreamPack(first StreamID, listpack []byte) {
	r.element("stream")
	if _, ok := r.at.packs[first]; ok {
		panic("a pack is told twice")
	}
	r.at.packs[first] = string(listpack)
}

func (r *recording) Group(g GroupInfo) {
	r.element("stream")
	if _, ok := r.at.groups[string(g.Name)]; ok {
		panic("a group is told twice")
	}
	r.at.group, r.at.pending, r.at.consumer = string(g.Name), g.Pending, g.Consumers
	r.at.groups[r.at.group] = fmt.Append(nil, g.LastID, g.Read, g.Pending, g.Consumers)
}

// more notes something of the group that is being told.
func (r *recording) more(args ...any) {
	r.at.groups[r.at.group] = fmt.Append(r.at.groups[r.at.group], args...)
}

func (r *recording) Pending(id StreamID, deliveredMs int64, deliveries uint64) {
	if r.at.pending--; r.at.pending < 0 || r.at.groups[r.at.group] == nil {
		panic("more is pending than was said")
	}
	r.told++
	r.more(" ", id, deliveredMs, deliveries)
}

func (r *recording) Consumer(c ConsumerInfo) {
	if r.at.pending != 0 || r.at.owned != 0 {
		panic("a consumer before all that is pending")
	}
	if r.at.consumer--; r.at.consumer < 0 {
		panic("more consumers than was said")
	}
	r.told++
	r.at.owned = c.Pending
	r.more(" | ", string(c.Name), c.SeenMs, c.ActiveMs, c.Pending)
}

func (r *recording) ConsumerPending(id StreamID) {
	if r.at.owned--; r.at.owned < 0 {
		panic("more is pending for a consumer than was said")
	}
	r.told++
	r.more(" ", id)
}

// text returns all that was told, with one line for each key that is not
// expired at now.
func (r *recording) lines(now int64) map[string]string {
	lines := map[string]string{}
	for name, x := range r.keys {
		if x.left != 0 || x.kind == "" || !x.whole() {
			panic(fmt.Sprintf("%s: %d elements of a %s were not told", name, x.left, x.kind))
		}
		if x.deadline != NoDeadline && x.deadline < now {
			continue
		}
		for field, deadline := range x.expires {
			if deadline < now {
				delete(x.members, field)
			} else {
				x.members[field] += fmt.Sprintf(" until %d", deadline)
			}
		}
		if x.kind == "hash" && len(x.members) == 0 {
			continue
		}
		lines[name] = fmt.Sprintf("%s until %d: %s", x.kind, x.deadline, x.value())
	}
	return lines
}

func (x *recorded) value() string {
	var b strings.Builder
	switch x.kind {
	case "string":
		fmt.Fprintf(&b, "%q", x.text)
	case "list":
		slices.SortFunc(x.nodes, func(a, b recordedNode) int { return cmp.Compare(a.order, b.order) })
		for _, n := range x.nodes {
			fmt.Fprintf(&b, "%q ", n.elements)
		}
		return strings.ReplaceAll(b.String(), "] [", " ")
	case "stream":
		fmt.Fprint(&b, x.stream)
		for _, id := range slices.SortedFunc(maps.Keys(x.packs), compareIDs) {
			fmt.Fprintf(&b, " %v %q", id, x.packs[id])
		}
		for _, name := range slices.Sorted(maps.Keys(x.groups)) {
			fmt.Fprintf(&b, " %q %s", name, x.groups[name])
		}
	default:
		for _, m := range slices.Sorted(maps.Keys(x.members)) {
			fmt.Fprintf(&b, "%q %q ", m, x.members[m])
		}
	}
	return b.String()
}

// testSink records a snapshot and checks how it is told.
type testSink struct {
	recording
	ready       func() bool
	open        map[int]*openRecord
	lastID      int
	early       bool
	walk        *openRecord // of the part of the walk that is being told
	closed, end bool
}

type openRecord struct {
	*recorded
	order int64    // of the last node that the walk told
	pack  StreamID // the last pack
	group bool     // whether groups have begun
	large groupRecord
	score float64
}

func newTestSink(ready func() bool) *testSink {
	return &testSink{recording: *newRecording(), ready: ready, open: map[int]*openRecord{}}
}

func (s *testSink) call() {
	if s.closed {
		panic("a sink is told of something after the end")
	}
	if s.at == nil {
		return
	}
	if s.at.kind == "" {
		panic("a value was not told to its end")
	}
	// A large group goes on in the next part that is not early.
	if o := s.walk; o != nil && !s.early {
		o.large, s.at.groupRecord = s.at.groupRecord, groupRecord{}
	} else if !s.at.whole() {
		panic("a group was not told to its end")
	}
}

func (s *testSink) Ready() bool { return s.ready() }

func (s *testSink) Key(k KeyInfo) ValueVisitor {
	s.call()
	if s.at != nil && s.at.left != 0 && !s.isOpen(s.at) {
		panic("a value was not told to its end")
	}
	s.early, s.walk = true, nil
	s.at = s.begin(k)
	return s
}

func (s *testSink) isOpen(x *recorded) bool {
	for _, o := range s.open {
		if o.recorded == x {
			return true
		}
	}
	return false
}

func (s *testSink) Open(id int, k KeyInfo) ValueVisitor {
	s.call()
	if id <= 0 || s.open[id] != nil || id <= s.lastID {
		panic("an id is used twice")
	}
	s.lastID = id
	s.early, s.walk = true, nil
	s.at = s.begin(k)
	s.open[id] = &openRecord{recorded: s.at, order: -1 << 63, score: -1e300}
	return s
}

func (s *testSink) Part(id int, early bool) ValueVisitor {
	s.call()
	o := s.open[id]
	s.early, s.walk, s.at = early, o, o.recorded
	if !early {
		s.at.groupRecord = o.large
	}
	return s
}

func (s *testSink) Close(id int) {
	s.call()
	if o := s.open[id]; o.left != 0 || !o.large.whole() {
		panic(fmt.Sprintf("a key is closed, %d elements and %v are to come", o.left, o.large))
	}
	delete(s.open, id)
}

func (s *testSink) End() {
	s.call()
	if len(s.open) != 0 {
		panic("the end with keys open")
	}
	for name, x := range s.keys {
		if x.expires != nil && len(x.expires) == 0 {
			panic(name + " was to have fields with a deadline: older readers refuse it")
		}
	}
	s.end, s.closed = true, true
}

func (s *testSink) Node(order int64, b []byte, packed bool) {
	if o := s.walk; o != nil && !s.early {
		if order <= o.order {
			panic("the walk goes back")
		}
		o.order = order
	} else if o != nil && order <= o.order {
		panic("an early node where the walk was")
	}
	s.recording.Node(order, b, packed)
}

func (s *testSink) StreamPack(first StreamID, listpack []byte) {
	if o := s.walk; o != nil && !s.early {
		if o.group || !o.pack.Less(first) {
			panic("the walk goes back")
		}
		o.pack = first
	}
	s.recording.StreamPack(first, listpack)
}

func (s *testSink) Group(g GroupInfo) {
	if o := s.walk; o != nil && !s.early {
		o.group = true
	}
	s.recording.Group(g)
}

func (s *testSink) Scored(m Element, score float64) {
	if o := s.walk; o != nil && !s.early {
		if score < o.score {
			panic("the walk goes back")
		}
		o.score = score
	}
	s.recording.Scored(m, score)
}

// copyOf returns what Accept tells now.
func copyOf(k *Keyspace) map[string]string {
	r := newRecording()
	k.Accept(r)
	return r.lines(k.now)
}

// differences returns what a snapshot has that it should not have, or lacks.
func differences(got, want map[string]string) string {
	var b bytes.Buffer
	for name, line := range want {
		if got[name] != line {
			fmt.Fprintf(&b, "%s\n got %.2000s\nwant %.2000s\n", name, got[name], line)
		}
	}
	for name, line := range got {
		if _, ok := want[name]; !ok {
			fmt.Fprintf(&b, "%s\n got %.2000s\nwant nothing\n", name, line)
		}
	}
	return b.String()
}
