// Package script runs files of commands against two servers and compares what
// they answer: the reference, and the one under test. Both get the same bytes.
// Replies must be equal byte for byte unless the script says how they may
// differ. A line is one of
//
//	# words                  a comment
//	args --name value        arguments for the start of both servers
//	proto 2                  run under this version of the protocol only
//	alone words              from here on > asks the other server only, and every
//	                         reply has to be given, for the reference has no
//	                         such commands, as the words say
//	@name                    from here on, the connection called name
//	> COMMAND arg ...        both are asked, replies compared
//	> {norm} COMMAND ...     compared after the norm (see norm.go)
//	send COMMAND ...         sent to both, no reply is read
//	raw "bytes"              sent to both as they are
//	recv                     one reply of each is read and compared; {norm} may follow
//	pushes                   all that comes before the reply to a PING sent now is
//	                         compared, as one array; {norm} may follow
//	closed                   both close the connection; what came before is compared
//	wait COMMAND ...         asked until the reply is what the next line says
//	redis> COMMAND ...       only the reference is asked, the reply is dropped
//	basalt> COMMAND ...      only the other is asked
//	! words                  why the next reply differs from the reference's
//	= reply                  the reply, as Text writes it, where the reference is
//	                         not the judge: it is older, or has no such command
//	=2 reply, =3 reply       the same, for one version of the protocol
//
// Arguments are written as in Redis's own inline commands: blanks separate,
// quotes group, \xHH and \n stand in double quotes. rep(N,text) is text N times,
// id(name) the number that the server knows the connection called name by.
package script

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// verb says what a step does.
type verb int

const (
	ask        verb = iota // both, compared
	send                   // both, no reply read
	raw                    // bytes to both
	recv                   // a reply of both, compared
	pushes                 // what comes before the reply to a marker
	closed                 // both close
	wait                   // until the golden reply
	askRedis               // the reference only
	askBasalt              // the other only
	connection             // switch
)

// step is a line of a script with what belongs to it.
type step struct {
	line    int
	verb    verb
	args    []string // the command; the bytes of raw; the name of a connection
	compare Comparison
	reason  string            // why the reference is not the judge
	golden  map[string]string // "" for both protocols, "2", "3"
}

// Script is a parsed file.
type Script struct {
	Name  string
	Args  []string // for the start of both servers
	Proto string   // "2" or "3" when it is for that version only
	ids   bool     // some step names a connection by its number
	steps []step
}

// Load reads and parses a file.
func Load(path string) (*Script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Script{Name: filepath.Base(path)}
	p := parser{script: s}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(n, strings.TrimSpace(lines.Text())); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.Name, n, err)
		}
	}
	for _, st := range s.steps {
		if err := st.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.Name, st.line, err)
		}
	}
	return s, lines.Err()
}

// check refuses steps that would prove nothing.
func (s step) check() error {
	switch {
	case s.verb == wait && len(s.golden) == 0:
		return fmt.Errorf("wait needs a = line")
	case s.verb == wait:
	case s.verb == askBasalt && len(s.golden) == 0:
		return fmt.Errorf("basalt> needs a = line")
	case len(s.golden) > 0 && s.reason == "":
		return fmt.Errorf("a = line needs a reason (! words) before its command")
	case s.reason != "" && len(s.golden) == 0:
		return fmt.Errorf("a reason without a = line")
	}
	return nil
}

type parser struct {
	script *Script
	reason string
	alone  string // the reason of all steps, if only one server is asked
}

var verbs = []struct {
	prefix string
	verb   verb
}{
	{"> ", ask}, {"send ", send}, {"wait ", wait}, {"redis> ", askRedis}, {"basalt> ", askBasalt},
	{"raw ", raw}, {"recv", recv}, {"pushes", pushes}, {"closed", closed},
}

func (p *parser) line(n int, line string) error {
	switch {
	case line == "" || line[0] == '#':
		return nil
	case line[0] == '!':
		p.reason = strings.TrimSpace(line[1:])
		return nil
	case line[0] == '=':
		return p.golden(line)
	case line[0] == '@':
		p.script.steps = append(p.script.steps, step{line: n, verb: connection, args: []string{line[1:]}})
		return nil
	}
	if rest, ok := strings.CutPrefix(line, "args "); ok {
		args, err := SplitArgs(rest)
		p.script.Args = append(p.script.Args, args...)
		return err
	}
	if rest, ok := strings.CutPrefix(line, "alone "); ok {
		p.alone = rest
		return nil
	}
	if rest, ok := strings.CutPrefix(line, "proto "); ok {
		p.script.Proto = rest
		return nil
	}
	for _, v := range verbs {
		if rest, ok := strings.CutPrefix(line, v.prefix); ok {
			return p.step(n, v.verb, strings.TrimSpace(rest))
		}
	}
	return fmt.Errorf("not a line of a script: %q", line)
}

func (p *parser) step(n int, v verb, rest string) error {
	if v == ask && p.alone != "" {
		v, p.reason = askBasalt, p.alone
	}
	st := step{line: n, verb: v, reason: p.reason}
	p.reason = ""
	if strings.HasPrefix(rest, "{") && v != send && v != raw {
		spec, after, ok := strings.Cut(rest[1:], "} ")
		if !ok {
			spec, ok = strings.CutSuffix(rest[1:], "}")
			after = ""
		}
		if !ok {
			return fmt.Errorf("unclosed brace: %q", rest)
		}
		var err error
		if st.compare, err = ParseComparison(spec); err != nil {
			return err
		}
		rest = after
	}
	args, err := SplitArgs(rest)
	if err != nil {
		return err
	}
	if needs := v != recv && v != pushes && v != closed; needs != (len(args) > 0) {
		return fmt.Errorf("too many or too few words: %q", rest)
	}
	st.args = args
	p.script.ids = p.script.ids || identity.MatchString(rest)
	p.script.steps = append(p.script.steps, st)
	return nil
}

func (p *parser) golden(line string) error {
	if len(p.script.steps) == 0 {
		return fmt.Errorf("a = line without a command")
	}
	st := &p.script.steps[len(p.script.steps)-1]
	proto, text, ok := strings.Cut(line[1:], " ")
	if !ok || proto != "" && proto != "2" && proto != "3" {
		return fmt.Errorf("not a reply: %q", line)
	}
	if st.golden == nil {
		st.golden = map[string]string{}
	}
	st.golden[proto] = text
	return nil
}

// SplitArgs splits a line into arguments with the quoting of Redis's inline
// commands.
func SplitArgs(line string) ([]string, error) {
	var args []string
	for i := 0; ; {
		for i < len(line) && line[i] == ' ' {
			i++
		}
		if i == len(line) {
			return args, nil
		}
		var arg []byte
		for i < len(line) && line[i] != ' ' {
			if line[i] != '"' && line[i] != '\'' {
				arg = append(arg, line[i])
				i++
				continue
			}
			text, n, err := quoted(line[i:])
			if err != nil {
				return nil, err
			}
			arg = append(arg, text...)
			i += n
		}
		args = append(args, repeated(string(arg)))
	}
}

var identity = regexp.MustCompile(`id\(([^)]*)\)`)

var repetition = regexp.MustCompile(`rep\((\d+),([^)]*)\)`)

// repeated expands rep(N,text), wherever it stands in an argument.
func repeated(arg string) string {
	return repetition.ReplaceAllStringFunc(arg, func(match string) string {
		part := repetition.FindStringSubmatch(match)
		n, err := strconv.Atoi(part[1])
		if err != nil {
			return match
		}
		return strings.Repeat(part[2], n)
	})
}

// quoted reads a quoted piece from the start of s and returns it with the
// number of bytes it took.
func quoted(s string) (string, int, error) {
	mark := s[0]
	var out []byte
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == mark:
			return string(out), i + 1, nil
		case s[i] != '\\' || i+1 == len(s):
			out = append(out, s[i])
		case mark == '\'':
			if s[i+1] == '\'' {
				i++
			}
			out = append(out, s[i])
		default:
			i++
			if s[i] == 'x' && i+2 < len(s) {
				if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					out = append(out, byte(b))
					i += 2
					continue
				}
			}
			out = append(out, escape(s[i]))
		}
	}
	return "", 0, fmt.Errorf("unbalanced quotes: %q", s)
}

func escape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}
