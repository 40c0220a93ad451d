package resp

import (
	"fmt"
	"testing"
)

// pipeline is n times the same command on the wire.
func pipeline(n int, args ...string) []byte {
	var command []byte
	command = AppendArray(command, len(args))
	for _, a := range args {
		command = AppendBulkString(command, a)
	}
	var all []byte
	for range n {
		all = append(all, command...)
	}
	return all
}

func text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return string(b)
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"ping", []string{"PING"}},
		{"get16", []string{"GET", text(16)}},
		{"set16x8", []string{"SET", text(16), text(8)}},
		{"set16x64", []string{"SET", text(16), text(64)}},
		{"set16x500", []string{"SET", text(16), text(500)}},
		{"mset40", append([]string{"MSET"}, make([]string, 40)...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			const batch = 100
			in := pipeline(batch, c.args...)
			var p Parser
			var out Commands
			lim := Limits{}
			b.SetBytes(int64(len(in)) / batch)
			for i := 0; i < b.N; i += batch {
				out.Reset()
				if n, err := p.Parse(in, &out, batch, &lim); n != len(in) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// A pipeline that is cut by the segment's end every 16 KiB pays for the scanner
// once a segment; here it is cut in every command.
func BenchmarkParseSplit(b *testing.B) {
	in := pipeline(1, "SET", text(16), text(64))
	for _, cut := range []int{1, 20, len(in) - 1} {
		b.Run(fmt.Sprint(cut), func(b *testing.B) {
			var p Parser
			var out Commands
			lim := Limits{}
			for b.Loop() {
				out.Reset()
				p.Parse(in[:cut], &out, 1, &lim)
				if n, err := p.Parse(in, &out, 1, &lim); n != len(in) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}
