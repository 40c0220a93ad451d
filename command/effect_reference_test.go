package command

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/reference"
)

const effectsFile = "testdata/effects.txt"

// effectStep is a command of effectsFile. A line of the file is one of
//
//	# words           a comment
//	> COMMAND ...     redis-server and we are asked
//	wait> COMMAND ... by a client that then waits
//	basalt> ...       we alone are asked: redis-server 7.0 has no such command
//	pass 20           so many ms pass
//	! words           why what is logged differs, or by what it can be judged
//	- 1: SET a 1      how many changes redis-server counts, and what it logs
//	+ 1: SET a 1      what we do
//
// Where both count and log the same, nothing more is said. Times that are not
// in the past are written as what they are from now on, in steps of ten seconds, or as
// ID where they are part of one.
type effectStep struct {
	verb, text           string
	args                 []string
	reason, theirs, ours string
}

// effectServer is a redis-server that appends to a file.
type effectServer struct {
	t     *testing.T
	r     *reference.Server
	read  int
	dirty int64
}

func startEffectServer(t *testing.T) *effectServer {
	s := &effectServer{t: t, r: reference.StartPlain(t, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
		"--enable-debug-command", "yes")}
	s.do("PING") // it listens before the file is there
	return s
}

func (s *effectServer) do(args ...string) any {
	s.t.Helper()
	reply, err := s.r.Do(args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply
}

// info returns a number of INFO.
func (s *effectServer) info(section, name string) int64 {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.do("INFO", section).(string), name+":")
	line, _, ok := strings.Cut(rest, "\r\n")
	n, err := strconv.ParseInt(line, 10, 64)
	if !ok || err != nil {
		s.t.Fatalf("INFO %s has no number %s", section, name)
	}
	return n
}

// wait lets a client of its own wait with a command.
func (s *effectServer) wait(args []string) {
	s.t.Helper()
	before := s.info("clients", "blocked_clients")
	conn, err := net.Dial("unix", filepath.Join(s.r.Dir, "s"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	request := fmt.Sprintf("*%d\r\n", len(args))
	for _, arg := range args {
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		s.t.Fatal(err)
	}
	for s.info("clients", "blocked_clients") == before {
		time.Sleep(time.Millisecond)
	}
}

// took returns what was logged and counted since it was asked last.
func (s *effectServer) took() string {
	s.t.Helper()
	log := s.log()
	dirty := s.info("persistence", "rdb_changes_since_last_save")
	line := effectLine(log[s.read:], dirty-s.dirty, time.Now().UnixMilli())
	s.read, s.dirty = len(log), dirty
	return line
}

// log returns what the file has.
func (s *effectServer) log() []byte {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.r.Dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(names) != 1 {
		s.t.Fatal(names, err)
	}
	log, err := os.ReadFile(names[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return log
}

var effectTimes = regexp.MustCompile(`\b1[0-9]{12}(-[0-9]+)?\b`)

// effectLine writes down changes and their log.
func effectLine(log []byte, changes, nowMs int64) string {
	text := effectTimes.ReplaceAllStringFunc(logLines(log), func(number string) string {
		number, _, isID := strings.Cut(number, "-")
		if isID {
			return "ID"
		}
		ms, _ := strconv.ParseInt(number, 10, 64)
		return fmt.Sprintf("NOW%+d", (ms-nowMs+5000+1e9)/10000*10-1e6)
	})
	return strings.TrimSpace(fmt.Sprintf("%d: %s", changes, text))
}

// TestEffectsAgainstReference executes the commands of a file here and on a
// redis-server that appends what they do to a file, and compares that, and how
// many changes each command counts as.
func TestEffectsAgainstReference(t *testing.T) {
	text, err := os.ReadFile(effectsFile)
	if err != nil {
		t.Fatal(err)
	}
	theirs := startEffectServer(t)
	now := time.Now().UnixMilli()
	ours := newLoggedNode(t, now)
	steps, lines := parseEffects(t, string(text))
	theirs.took()
	var out strings.Builder
	for i := range steps {
		step := &steps[i]
		dirty := ours.keys.Dirty
		want := ""
		switch step.verb {
		case "pass":
			ms, _ := strconv.ParseInt(step.args[0], 10, 64)
			ours.keys.SetNow(ours.keys.Now() + ms)
			theirs.do("DEBUG", "SLEEP", strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64))
		case "wait>":
			theirs.wait(step.args)
			ours.call(step.args...)
		case ">":
			theirs.do(step.args...)
			ours.call(step.args...)
		case "basalt>":
			ours.call(step.args...)
		default:
			t.Fatalf("%s: line %q", effectsFile, step.text)
		}
		if step.verb != "basalt>" {
			want = theirs.took()
		}
		got := effectLine(ours.log.Take(), ours.keys.Dirty-dirty, now)
		out.WriteString(lines[i])
		if want == got {
			want, got = "", ""
		}
		if *rewrite {
			for _, line := range [][2]string{{"! ", step.reason}, {"- ", want}, {"+ ", got}} {
				if line[1] != "" && (got != "" || line[0] != "! ") {
					out.WriteString(line[0] + line[1] + "\n")
				}
			}
			continue
		}
		if want != step.theirs || got != step.ours {
			t.Errorf("%s\nredis-server: %s\nours:         %s\nin the file:  %s\n              %s", step.text, want, got, step.theirs, step.ours)
		}
		if got != "" && step.reason == "" {
			t.Errorf("%s: no reason for the difference", step.text)
		}
	}
	if *rewrite {
		if err := os.WriteFile(effectsFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// parseEffects reads the file: its steps, and the lines that precede each with
// its own.
func parseEffects(t *testing.T, text string) (steps []effectStep, lines []string) {
	t.Helper()
	before := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		mark, rest, _ := strings.Cut(line, " ")
		switch {
		case mark == "!" || mark == "-" || mark == "+":
			step := &steps[len(steps)-1]
			*map[string]*string{"!": &step.reason, "-": &step.theirs, "+": &step.ours}[mark] = rest
		case line == "" || mark == "#":
			before += line + "\n"
		default:
			step := effectStep{verb: mark, text: line}
			for _, word := range strings.Fields(rest) {
				if quoted, err := strconv.Unquote(`"` + strings.Trim(word, `"`) + `"`); err == nil {
					word = quoted
				}
				step.args = append(step.args, word)
			}
			steps, lines = append(steps, step), append(lines, before+line+"\n")
			before = ""
		}
	}
	return steps, lines
}
