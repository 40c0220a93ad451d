package command

import (
	"fmt"
	"strconv"
	"strings"
)

// The arguments of a command are declared in one line, Row.Syntax, that reads
// much like the synopsis of a manual page. A word is
//
//	name:type     an argument; the types are those of argTypes
//	TOKEN:name    the word TOKEN itself (type pure-token)
//	TOKEN         a word that introduces the argument behind it
//	name<a|b|c>   one of several arguments
//	name{a b c}   several arguments together
//	[a]           an argument that may be left out
//
// What follows a word or a closing bracket without a space says more of it:
//
//	...           may be repeated; where TOKEN ends in +, so is the token
//	(text)        what is shown instead of the name
//	#n            the key spec that finds this key; 0 unless said otherwise
//	@1.2.3        since that version
//	!1.2.3        deprecated since that version
//
// A name begins with a lower-case letter and a token does not, which is what
// tells them apart. Double quotes around a token allow anything in it, nothing
// included.

// argument is a node of the tree that a syntax describes.
type argument struct {
	name, kind, token, display string
	since, deprecated          string
	keySpec                    int // -1 for what is not a key
	optional, multiple         bool
	multipleToken              bool
	parts                      []argument // of oneof and block
}

const (
	argKey       = "key"
	argPureToken = "pure-token"
	argOneOf     = "oneof"
	argBlock     = "block"
)

// argTypes are the types that a syntax can name.
var argTypes = map[string]bool{
	"string": true, "integer": true, "double": true, argKey: true, "pattern": true, "unix-time": true,
}

// parseSyntax returns the arguments that a syntax describes, or what is wrong
// with it.
func parseSyntax(s string) ([]argument, error) {
	p := syntaxParser{rest: s}
	args := p.list("")
	if p.err == nil && p.rest != "" {
		p.fail("unexpected %q", p.rest[0])
	}
	if p.err != nil {
		return nil, fmt.Errorf("syntax %q, at %q: %w", s, p.rest, p.err)
	}
	return args, nil
}

// syntaxParser is a recursive descent over rest; the first error stays.
type syntaxParser struct {
	rest string
	err  error
}

func (p *syntaxParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// accept skips prefix if rest begins with it.
func (p *syntaxParser) accept(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

func (p *syntaxParser) expect(prefix string) {
	if !p.accept(prefix) {
		p.fail("%q expected", prefix)
	}
}

// list parses arguments up to end, which it leaves, or the end of the text.
// Arguments of a choice are separated by bars, all others by spaces.
func (p *syntaxParser) list(end string) []argument {
	var args []argument
	for p.err == nil {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.rest == "" || end != "" && strings.HasPrefix(p.rest, end) {
			break
		}
		if end == ">" && len(args) > 0 {
			p.expect("|")
			p.rest = strings.TrimLeft(p.rest, " ")
		}
		args = append(args, p.argument())
	}
	if p.err == nil && end != "" && len(args) == 0 {
		p.fail("empty group")
	}
	return args
}

// argument parses one argument with the token before it and all that is said
// behind it.
func (p *syntaxParser) argument() argument {
	if p.accept("[") {
		a := p.argument()
		p.rest = strings.TrimLeft(p.rest, " ")
		p.expect("]")
		a.optional = true
		p.suffixes(&a)
		return a
	}
	quoted := strings.HasPrefix(p.rest, `"`)
	word := p.word()
	if word == "" && !quoted {
		p.fail("a name or token expected")
		return argument{}
	}
	isToken := quoted || !lowerLetter(word[0])
	if isToken && !strings.HasPrefix(p.rest, ":") {
		p.rest = strings.TrimLeft(p.rest, " ")
		a := p.argument()
		a.multipleToken = strings.HasSuffix(word, "+")
		a.token = strings.TrimSuffix(word, "+")
		return a
	}
	a := argument{name: word, keySpec: -1}
	switch {
	case p.accept("<"):
		a.kind, a.parts = argOneOf, p.list(">")
		p.expect(">")
	case p.accept("{"):
		a.kind, a.parts = argBlock, p.list("}")
		p.expect("}")
	case isToken:
		p.expect(":")
		a.kind, a.token, a.name = argPureToken, word, p.word()
		if a.name == "" {
			p.fail("a token without a name")
		}
	case p.accept(":"):
		p.typed(&a)
	default:
		p.fail("no type")
	}
	p.suffixes(&a)
	return a
}

// typed parses the type behind the colon.
func (p *syntaxParser) typed(a *argument) {
	a.kind = p.word()
	if !argTypes[a.kind] {
		p.fail("unknown type %q", a.kind)
	}
	if a.kind == argKey {
		a.keySpec = 0
	}
}

func (p *syntaxParser) suffixes(a *argument) {
	for p.err == nil {
		switch {
		case p.accept("..."):
			a.multiple = true
		case p.accept("@"):
			a.since = p.word()
		case p.accept("!"):
			a.deprecated = p.word()
		case p.accept("("):
			text, rest, ok := strings.Cut(p.rest, ")")
			if !ok {
				p.fail("no end of the text in parentheses")
			}
			a.display, p.rest = text, rest
		case p.accept("#"):
			n, err := strconv.Atoi(p.word())
			if err != nil {
				p.fail("number of a key spec expected")
			}
			a.keySpec = n
		default:
			return
		}
	}
}

// word takes everything up to the next character that means something.
func (p *syntaxParser) word() string {
	if p.accept(`"`) {
		word, rest, ok := strings.Cut(p.rest, `"`)
		if !ok {
			p.fail("no closing quote")
		}
		p.rest = rest
		return word
	}
	end := strings.IndexAny(p.rest, " :<>{}[]()|#@!")
	if end < 0 {
		end = len(p.rest)
	}
	if dots := strings.Index(p.rest[:end], "..."); dots >= 0 {
		end = dots
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func lowerLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// usage renders arguments the way a manual does: EX <seconds> [NX | XX].
func usage(args []argument) string {
	words := make([]string, len(args))
	for i := range args {
		words[i] = args[i].usage()
	}
	return strings.Join(words, " ")
}

func (a *argument) usage() string {
	var body string
	switch a.kind {
	case argOneOf:
		words := make([]string, len(a.parts))
		for i := range a.parts {
			words[i] = a.parts[i].usage()
		}
		body = strings.Join(words, " | ")
		if !a.optional || a.multiple || a.token != "" {
			body = "(" + body + ")"
		}
	case argBlock:
		body = usage(a.parts)
	case argPureToken:
		body = a.token
	default:
		body = "<" + a.shown() + ">"
	}
	once := body
	if a.token != "" && a.kind != argPureToken {
		body = a.token + " " + body
	}
	if a.multiple {
		if a.multipleToken {
			once = body
		}
		body += " [" + once + " ...]"
	}
	if a.optional {
		body = "[" + body + "]"
	}
	return body
}

// shown is what stands for the argument in a synopsis.
func (a *argument) shown() string {
	if a.display != "" {
		return a.display
	}
	return a.name
}
