package command

import (
	"math/bits"

	"basalt/resp"
)

// writeInfo replies with what COMMAND INFO says of a command: ten elements.
func (r *Row) writeInfo(w *resp.Writer) {
	w.Array(10)
	w.BulkString(r.FullName)
	w.Int(int64(r.Arity))
	writeNames(w, uint64(r.Flags&^hiddenFlags), "", flagNames[:])
	w.Int(int64(r.legacy.first))
	w.Int(int64(r.legacy.last))
	w.Int(int64(r.legacy.step))
	writeNames(w, uint64(r.ACL), "@", categoryNames[:])
	w.Set(len(r.Tips))
	for _, tip := range r.Tips {
		w.BulkString(tip)
	}
	w.Set(len(r.Keys))
	for i := range r.Keys {
		r.Keys[i].write(w)
	}
	// A command without subcommands has an empty set of them, a container an
	// array: clients have learned to take both.
	if len(r.subs) == 0 {
		w.Set(0)
		return
	}
	w.Array(len(r.subs))
	for _, sub := range r.subs {
		sub.writeInfo(w)
	}
}

// writeNames replies with the set of the names whose bits are set.
func writeNames(w *resp.Writer, set uint64, prefix string, names []string) {
	w.Set(bits.OnesCount64(set))
	for ; set != 0; set &= set - 1 {
		w.SimpleString(prefix + names[bits.TrailingZeros64(set)])
	}
}

func (s *KeySpec) write(w *resp.Writer) {
	if s.Notes != "" {
		w.Map(4)
		w.BulkString("notes")
		w.BulkString(s.Notes)
	} else {
		w.Map(3)
	}
	w.BulkString("flags")
	writeNames(w, uint64(s.Flags), "", keyFlagNames[:])
	w.BulkString("begin_search")
	switch s.Begin {
	case BeginIndex:
		writeStep(w, "index", 1)
		writeField(w, "index", s.Index)
	case BeginKeyword:
		writeStep(w, "keyword", 2)
		w.BulkString("keyword")
		w.BulkString(s.Keyword)
		writeField(w, "startfrom", s.Index)
	default:
		writeStep(w, "unknown", 0)
	}
	w.BulkString("find_keys")
	switch s.Find {
	case FindRange:
		writeStep(w, "range", 3)
		writeField(w, "lastkey", s.Last)
		writeField(w, "keystep", s.Step)
		writeField(w, "limit", s.Limit)
	case FindCount:
		writeStep(w, "keynum", 3)
		writeField(w, "keynumidx", s.Count)
		writeField(w, "firstkey", s.First)
		writeField(w, "keystep", s.Step)
	default:
		writeStep(w, "unknown", 0)
	}
}

// writeStep begins one of the two steps of a key spec; as many fields follow.
func writeStep(w *resp.Writer, kind string, fields int) {
	w.Map(2)
	w.BulkString("type")
	w.BulkString(kind)
	w.BulkString("spec")
	w.Map(fields)
}

func writeField(w *resp.Writer, name string, value int) {
	w.BulkString(name)
	w.Int(int64(value))
}
