package command

import "basalt/resp"

// writeDocs replies with what COMMAND DOCS says of a command: a map of what
// there is to say.
func (r *Row) writeDocs(w *resp.Writer) {
	args, err := parseSyntax(r.Syntax)
	if err != nil {
		panic("BUG: command " + r.FullName + ": " + err.Error())
	}
	// The length is not known before the optional fields were looked at.
	fields, mark := 0, w.Deferred()
	text := func(name, value string) {
		if value != "" {
			fields++
			w.BulkString(name)
			w.BulkString(value)
		}
	}
	text("summary", r.Summary)
	text("since", r.Since)
	text("group", string(r.Group))
	text("complexity", r.Complexity)
	if r.Deprecated != "" || r.System {
		fields++
		w.BulkString("doc_flags")
		writeWords(w, word{"deprecated", r.Deprecated != ""}, word{"syscmd", r.System})
	}
	text("deprecated_since", r.Deprecated)
	text("replaced_by", r.ReplacedBy)
	if len(r.History) != 0 {
		fields++
		w.BulkString("history")
		w.Set(len(r.History))
		for _, change := range r.History {
			w.Array(2)
			w.BulkString(change.Since)
			w.BulkString(change.Text)
		}
	}
	if len(args) != 0 {
		fields++
		w.BulkString("arguments")
		writeArguments(w, args)
	}
	if len(r.subs) != 0 {
		fields++
		w.BulkString("subcommands")
		w.Map(len(r.subs))
		for _, sub := range r.subs {
			w.BulkString(sub.FullName)
			sub.writeDocs(w)
		}
	}
	w.SetMapLen(mark, fields)
}

func writeArguments(w *resp.Writer, args []argument) {
	w.Array(len(args))
	for i := range args {
		args[i].write(w)
	}
}

func (a *argument) write(w *resp.Writer) {
	fields, mark := 0, w.Deferred()
	text := func(name, value string, present bool) {
		if present {
			fields++
			w.BulkString(name)
			w.BulkString(value)
		}
	}
	group := a.kind == argOneOf || a.kind == argBlock
	text("name", a.name, true)
	text("type", a.kind, true)
	text("display_text", a.shown(), !group)
	if a.keySpec >= 0 {
		fields++
		writeField(w, "key_spec_index", a.keySpec)
	}
	text("token", a.token, a.token != "" || a.kind == argPureToken)
	text("since", a.since, a.since != "")
	text("deprecated_since", a.deprecated, a.deprecated != "")
	if a.optional || a.multiple || a.multipleToken {
		fields++
		w.BulkString("flags")
		writeWords(w, word{"optional", a.optional}, word{"multiple", a.multiple},
			word{"multiple_token", a.multipleToken})
	}
	if group {
		fields++
		w.BulkString("arguments")
		writeArguments(w, a.parts)
	}
	w.SetMapLen(mark, fields)
}

// word is a name and whether it applies.
type word struct {
	name string
	set  bool
}

// writeWords replies with the set of the words that apply.
func writeWords(w *resp.Writer, words ...word) {
	count := 0
	for _, x := range words {
		if x.set {
			count++
		}
	}
	w.Set(count)
	for _, x := range words {
		if x.set {
			w.SimpleString(x.name)
		}
	}
}
