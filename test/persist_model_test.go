package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"basalt/test/harness"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A writer is a connection that writes to keys of its own and knows what they
// hold after each of its steps. What the files of the server must hold after a
// crash is what some number of its steps left: at least those that were
// acknowledged, at most those that were sent.
type writer struct {
	id     int
	rng    *rand.Rand
	number int          // of steps ever made, unique in all values
	sent   []step       // since the state that is known
	acked  int          // of sent
	state  keys         // before sent
	stop   *atomic.Bool // ends write; nil if only the connection does
}

// keys are the writer's keys as text, by name. A key that is not there has none.
type keys map[string]*modelled

// modelled is a value of the model.
type modelled struct {
	kind  byte              // 's'tring, 'l'ist, 'h'ash, set 'e', 'z'set, 'x' stream
	text  string            // of a string
	items []string          // of a list or a stream, in order
	pairs map[string]string // of a hash, set, zset
	// group are the entries of a stream that were read and not acknowledged, nil
	// without a group; delivered is how many were read.
	group     []string
	delivered int
}

// step is one command, or a transaction of several from MULTI to EXEC, of which
// the server has all or nothing.
type step struct {
	commands [][]string
	apply    func(keys)
}

const crashDatabases = 3

func newWriter(id int, seed uint64) *writer {
	return &writer{id: id, rng: rand.New(rand.NewPCG(seed, uint64(id))), state: keys{}}
}

func (w *writer) database() int { return w.id % crashDatabases }

func (w *writer) key(kind byte) string { return fmt.Sprintf("%d:%c", w.id, kind) }

func (k keys) get(key string, kind byte) *modelled {
	v := k[key]
	if v == nil {
		v = &modelled{kind: kind, pairs: map[string]string{}}
		k[key] = v
	}
	return v
}

// tidy removes a collection that has nothing left in it.
func (k keys) tidy(key string) {
	if v := k[key]; v != nil && v.kind != 's' && v.kind != 'x' && len(v.items)+len(v.pairs) == 0 {
		delete(k, key)
	}
}

// next makes a step.
func (w *writer) next() step {
	if w.rng.IntN(8) == 0 {
		return w.transaction()
	}
	return w.command()
}

// transaction makes a step of several commands at once.
func (w *writer) transaction() step {
	all := step{commands: [][]string{{"MULTI"}}}
	var parts []step
	for range 1 + w.rng.IntN(8) {
		part := w.command()
		parts = append(parts, part)
		all.commands = append(all.commands, part.commands...)
	}
	all.commands = append(all.commands, []string{"EXEC"})
	all.apply = func(k keys) {
		for _, part := range parts {
			part.apply(k)
		}
	}
	return all
}

// command makes a step of one command.
func (w *writer) command() step {
	w.number++
	n := itoa(w.number)
	member := itoa(w.rng.IntN(40))
	one := func(apply func(keys), args ...string) step { return step{[][]string{args}, apply} }
	s, l, h, e, z, x := w.key('s'), w.key('l'), w.key('h'), w.key('e'), w.key('z'), w.key('x')
	g := w.key('g')
	switch w.rng.IntN(24) {
	case 0:
		return one(func(k keys) { k.get(s, 's').text = n }, "SET", s, n)
	case 1:
		text := n + strings.Repeat("large", 4000)
		return one(func(k keys) { k.get(s, 's').text = text }, "SET", s, text, "EX", "100000")
	case 2:
		return one(func(k keys) { k.get(s, 's').text += n }, "APPEND", s, n)
	case 3, 4:
		return one(func(k keys) { v := k.get(l, 'l'); v.items = append(v.items, n) }, "RPUSH", l, n)
	case 5:
		return one(func(k keys) { v := k.get(l, 'l'); v.items = slices.Insert(v.items, 0, n) }, "LPUSH", l, n)
	case 6:
		return one(func(k keys) {
			if v := k[l]; v != nil {
				v.items = v.items[min(len(v.items), 4):]
				k.tidy(l)
			}
		}, "LPOP", l, "4")
	case 7, 8:
		return one(func(k keys) { k.get(h, 'h').pairs[member] = n }, "HSET", h, member, n)
	case 9:
		return one(func(k keys) { delete(k.get(h, 'h').pairs, member); k.tidy(h) }, "HDEL", h, member)
	case 10:
		return one(func(k keys) { k.get(e, 'e').pairs["m"+member] = "" }, "SADD", e, "m"+member)
	case 11:
		return one(func(k keys) { delete(k.get(e, 'e').pairs, "m"+member); k.tidy(e) }, "SREM", e, "m"+member)
	case 12:
		return one(func(k keys) { delete(k, e) }, "SPOP", e, "1000")
	case 13:
		return one(func(k keys) { k.get(z, 'z').pairs[member] = n }, "ZADD", z, n, member)
	case 14:
		return one(func(k keys) {
			v := k.get(x, 'x')
			v.items = append(v.items, n+"-1 f "+member)
			v.items = v.items[max(0, len(v.items)-20):]
		}, "XADD", x, "MAXLEN", "20", n+"-1", "f", member)
	case 15:
		return one(func(k keys) { delete(k, z) }, "UNLINK", z)
	case 16:
		c := w.key('c')
		return one(func(k keys) {
			v := k.get(c, 's')
			now, _ := strconv.Atoi(v.text)
			v.text = itoa(now + 7)
		}, "INCRBY", c, "7")
	case 17:
		return one(func(k keys) { v := k.get(g, 'x'); v.items = append(v.items, n+"-1 f v") }, "XADD", g, n+"-1", "f", "v")
	case 18:
		return one(func(k keys) {
			if v := k.get(g, 'x'); v.group == nil {
				v.group = []string{}
				v.delivered = 0
			}
		}, "XGROUP", "CREATE", g, "group", "0", "MKSTREAM")
	case 19, 20:
		// Of several entries that is several commands in the log: all or none.
		return one(func(k keys) {
			v := k[g]
			if v == nil || v.group == nil {
				return
			}
			for range min(3, len(v.items)-v.delivered) {
				id, _, _ := strings.Cut(v.items[v.delivered], " ")
				v.group = append(v.group, id+" reader")
				v.delivered++
			}
		}, "XREADGROUP", "GROUP", "group", "reader", "COUNT", "3", "STREAMS", g, ">")
	case 21:
		if w.rng.IntN(4) == 0 {
			return one(func(k keys) { delete(k, g) }, "DEL", g)
		}
	case 22:
		c := w.key('c')
		return one(func(k keys) {
			k.get(s, 's').text = n
			k.get(c, 's').text = n
		}, "MSET", s, n, c, n)
	}
	r := w.key('r')
	// Of a key that is not there it is an error, and changes nothing.
	return one(func(k keys) {
		if v := k[s]; v != nil {
			k[r] = v
			delete(k, s)
		}
	}, "RENAME", s, r)
}

// String is the value as the server's own words of it would read.
func (v *modelled) String() string {
	if v == nil {
		return ""
	}
	switch v.kind {
	case 's':
		return "s" + v.text
	case 'l':
		return "l" + strings.Join(v.items, ",")
	case 'x':
		text := "x" + strings.Join(v.items, ",")
		if v.group != nil {
			text += " pending " + strings.Join(v.group, ",")
		}
		return text
	}
	names := []string{}
	for name, value := range v.pairs {
		names = append(names, name+"="+value)
	}
	slices.Sort(names)
	return string(v.kind) + strings.Join(names, ",")
}

// fetch reads a key from the server in the form of String.
func fetch(t *testing.T, c *harness.Client, key string) string {
	t.Helper()
	kind := strings.TrimSuffix(strings.TrimPrefix(do(t, c, "TYPE", key), "+"), "\r\n")
	words := func(args ...string) []string { return flat(do(t, c, args...)) }
	pairs := func(list []string) string {
		names := []string{}
		for i := 0; i+1 < len(list); i += 2 {
			names = append(names, list[i]+"="+list[i+1])
		}
		slices.Sort(names)
		return strings.Join(names, ",")
	}
	switch kind {
	case "none":
		return ""
	case "string":
		return "s" + words("GET", key)[0]
	case "list":
		return "l" + strings.Join(words("LRANGE", key, "0", "-1"), ",")
	case "hash":
		return "h" + pairs(words("HGETALL", key))
	case "set":
		list := words("SMEMBERS", key)
		for i := range list {
			list[i] += "="
		}
		slices.Sort(list)
		return "e" + strings.Join(list, ",")
	case "zset":
		return "z" + pairs(words("ZRANGE", key, "0", "-1", "WITHSCORES"))
	case "stream":
		list := words("XRANGE", key, "-", "+")
		entries := []string{}
		for i := 0; i+2 < len(list); i += 3 {
			entries = append(entries, strings.Join(list[i:i+3], " "))
		}
		text := "x" + strings.Join(entries, ",")
		reply := do(t, c, "XPENDING", key, "group", "-", "+", "100000")
		if strings.HasPrefix(reply, "-NOGROUP") {
			return text
		}
		pending := []string{}
		list = flat(reply)
		for i := 0; i+1 < len(list); i += 2 {
			pending = append(pending, list[i]+" "+list[i+1])
		}
		return text + " pending " + strings.Join(pending, ",")
	}
	t.Fatalf("%s is of type %q", key, kind)
	return ""
}

// flat are the bulk strings in a reply, whatever they are nested in.
func flat(reply string) (list []string) {
	for reply != "" {
		line, rest, _ := strings.Cut(reply, "\r\n")
		if line[0] == '$' && line != "$-1" {
			n, _ := strconv.Atoi(line[1:])
			list = append(list, rest[:n])
			rest = rest[n+2:]
		}
		reply = rest
	}
	return list
}

// settle compares what the server has with what the writer's steps made, finds
// how many of them it is, and takes that as the state from now on. least is how
// many it has to be.
func (w *writer) settle(t *testing.T, c *harness.Client, least int) {
	t.Helper()
	want(t, c, "+OK\r\n", "SELECT", itoa(w.database()))
	found := map[string]string{}
	for _, kind := range "slhezxcrg" {
		key := w.key(byte(kind))
		found[key] = fetch(t, c, key)
	}
	// fits is, for each key, after how many steps it was as the server has it.
	fits := map[string][]int{}
	for i := 0; ; i++ {
		equal := true
		for key, got := range found {
			if w.state[key].String() == got {
				fits[key] = append(fits[key], i)
			} else {
				equal = false
			}
		}
		if equal && i >= least {
			w.sent, w.acked = nil, 0
			return
		}
		if i == len(w.sent) {
			break
		}
		w.sent[i].apply(w.state)
	}
	for key, got := range found {
		t.Errorf("%s is, after %s steps:\n%.300q; after all it is\n%.300q", key, ranges(fits[key]), got, w.state[key].String())
	}
	t.Fatalf("writer %d: none of %d to %d steps leads to what the server has", w.id, least, len(w.sent))
}

// ranges writes numbers that rise shorter.
func ranges(list []int) string {
	text := ""
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		text += fmt.Sprintf(" %d-%d", list[i], list[j])
		i = j + 1
	}
	if text == "" {
		return "no number of"
	}
	return text[1:]
}

// names are the keys that the writer has now.
func (w *writer) names() []string { return slices.Collect(maps.Keys(w.state)) }

// write sends pipelines until the connection ends. Replies count as they come.
func (w *writer) write(s *harness.Server) {
	c, err := s.Dial()
	if err != nil {
		return
	}
	defer c.Close()
	if _, err := c.Do("SELECT", itoa(w.database())); err != nil {
		return
	}
	for w.stop == nil || !w.stop.Load() {
		var out []byte
		first := len(w.sent)
		for range 1 + w.rng.IntN(16) {
			s := w.next()
			for _, args := range s.commands {
				out = harness.AppendRequest(out, args...)
			}
			w.sent = append(w.sent, s)
		}
		if c.Write(out) != nil {
			return
		}
		for _, s := range w.sent[first:] {
			for range s.commands {
				if _, err := c.Receive(); err != nil {
					return
				}
			}
			w.acked++
		}
	}
}
