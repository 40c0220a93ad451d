package command

import (
	"fmt"
	"strings"
)

// facts is what a server says of a command, field by field: COMMAND INFO and
// COMMAND DOCS in a form that can be compared and read. Sets are sorted.
type facts map[string]string

// factFields are the fields of facts in the order of the golden file.
var factFields = []string{
	"arity", "flags", "range", "acl", "tips", "keys", "subcommands",
	"summary", "since", "group", "complexity", "doc_flags", "deprecated_since",
	"replaced_by", "history", "arguments", "display",
}

// wordy are the fields whose text is every server's own.
var wordy = map[string]bool{
	"summary": true, "complexity": true, "replaced_by": true, "display": true,
}

// gather adds to out what info (of COMMAND INFO) and docs (of COMMAND DOCS) say
// of a command and of its subcommands.
func gather(out map[string]facts, info list, docs dict) {
	name := info[0].(string)
	f := facts{
		"arity": fmt.Sprint(info[1]),
		"flags": joined(info[2].(set)),
		"range": fmt.Sprint(info[3], info[4], info[5]),
		"acl":   joined(info[6].(set)),
		"tips":  joined(info[7].(set)),
	}
	out[name] = f
	for _, spec := range info[8].(set) {
		f["keys"] += describeSpec(spec.(dict)) + "; "
	}
	for _, field := range []string{"summary", "since", "group", "complexity", "deprecated_since", "replaced_by"} {
		if text, ok := docs.get(field).(string); ok {
			f[field] = text
		}
	}
	if flags, ok := docs.get("doc_flags").(set); ok {
		f["doc_flags"] = joined(flags)
	}
	if history, ok := docs.get("history").(set); ok {
		for _, change := range history {
			f["history"] += change.(list)[0].(string) + " "
		}
	}
	if args, ok := docs.get("arguments").(list); ok {
		f["arguments"] = describeArguments(args, " ")
		f["display"] = describeDisplay(args)
	}
	subDocs, _ := docs.get("subcommands").(dict)
	if subs, ok := info[9].(list); ok {
		var names set
		for _, sub := range subs {
			subName := sub.(list)[0].(string)
			names = append(names, strings.TrimPrefix(subName, name+"|"))
			d, _ := subDocs.get(subName).(dict)
			gather(out, sub.(list), d)
		}
		f["subcommands"] = joined(names)
	}
}

func describeSpec(spec dict) string {
	step := func(name string) string {
		d := spec.get(name).(dict)
		text := fmt.Sprint(d.get("type"))
		values := d.get("spec").(dict)
		for i := 0; i < len(values); i += 2 {
			text += fmt.Sprintf(" %v=%v", values[i], values[i+1])
		}
		return text
	}
	text := joined(spec.get("flags").(set)) + ", " + step("begin_search") + ", " + step("find_keys")
	if spec.get("notes") != nil {
		text += ", noted"
	}
	return text
}

// describeArguments writes arguments the way Row.Syntax does.
func describeArguments(args list, separator string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = describeArgument(arg.(dict))
	}
	return strings.Join(out, separator)
}

func describeArgument(arg dict) string {
	flags, _ := arg.get("flags").(set)
	has := func(flag string) bool { return strings.Contains(" "+joined(flags)+" ", " "+flag+" ") }
	text := fmt.Sprint(arg.get("name"))
	token, hasToken := arg.get("token").(string)
	switch kind := arg.get("type").(string); kind {
	case argPureToken:
		text = token + ":" + text
		hasToken = false
	case argOneOf:
		text += "<" + describeArguments(arg.get("arguments").(list), "|") + ">"
	case argBlock:
		text += "{" + describeArguments(arg.get("arguments").(list), " ") + "}"
	default:
		text += ":" + kind
	}
	if n, ok := arg.get("key_spec_index").(int64); ok {
		text += fmt.Sprint("#", n)
	}
	if has("multiple") {
		text += "..."
	}
	if since, ok := arg.get("since").(string); ok {
		text += "@" + since
	}
	if deprecated, ok := arg.get("deprecated_since").(string); ok {
		text += "!" + deprecated
	}
	if hasToken {
		if has("multiple_token") {
			token += "+"
		}
		text = token + " " + text
	}
	if has("optional") {
		text = "[" + text + "]"
	}
	return text
}

// describeDisplay lists the arguments whose display text is not their name.
func describeDisplay(args list) string {
	text := ""
	for _, arg := range args {
		a := arg.(dict)
		if shown, ok := a.get("display_text").(string); ok && shown != a.get("name") {
			text += fmt.Sprintf("%v(%s) ", a.get("name"), shown)
		}
		if parts, ok := a.get("arguments").(list); ok {
			text += describeDisplay(parts)
		}
	}
	return text
}
