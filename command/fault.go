package command

import "basalt/resp"

// Fault is why a call cannot be executed.
type Fault uint8

const (
	NoFault           Fault = iota // nothing is wrong
	UnknownCommand                 // no command of that name
	UnknownSubcommand              // the container has no subcommand of that name
	WrongArity                     // too few or too many arguments
)

// faultTextMax bounds how much of a client's words an error repeats, in bytes,
// once for the command and once for its arguments.
const faultTextMax = 128

// AppendFault appends the error line for a fault, without the leading minus
// sign, to dst. row is what Resolve returned with it, args the call.
func AppendFault(dst []byte, f Fault, row *Row, args [][]byte) []byte {
	switch f {
	case UnknownCommand:
		return appendUnknownCommand(dst, args)
	case UnknownSubcommand:
		dst = append(dst, "ERR unknown subcommand '"...)
		dst = append(dst, excerpt(args[1], faultTextMax)...)
		return appendTryHelp(append(dst, '\''), args[0])
	case WrongArity:
		dst = append(dst, "ERR wrong number of arguments for '"...)
		dst = append(dst, row.FullName...)
		return append(dst, "' command"...)
	}
	panic("BUG: error text for no fault")
}

// WriteFault is AppendFault as an error reply.
func WriteFault(w *resp.Writer, f Fault, row *Row, args [][]byte) {
	var room [512]byte
	w.ErrorBytes(AppendFault(room[:0], f, row, args))
}

func appendUnknownCommand(dst []byte, args [][]byte) []byte {
	dst = append(dst, "ERR unknown command '"...)
	dst = append(dst, excerpt(args[0], faultTextMax)...)
	dst = append(dst, "', with args beginning with: "...)
	// Quotes and spaces count, and the last argument that begins within the
	// bound is still cut to what the bound left at its start.
	from := len(dst)
	for _, arg := range args[1:] {
		left := faultTextMax - (len(dst) - from)
		if left <= 0 {
			break
		}
		dst = append(dst, '\'')
		dst = append(dst, excerpt(arg, left)...)
		dst = append(dst, "' "...)
	}
	return dst
}

// appendTryHelp appends where help is to be had; name is the command as the
// client wrote it.
func appendTryHelp(dst, name []byte) []byte {
	dst = append(dst, ". Try "...)
	for _, c := range name {
		if c >= 'a' && c <= 'z' {
			c &^= caseBit
		}
		dst = append(dst, c)
	}
	return append(dst, " HELP."...)
}

// excerpt returns at most limit bytes of b, up to the first zero byte, where C
// ends a string.
func excerpt(b []byte, limit int) []byte {
	b = b[:min(len(b), limit)]
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

// subcommandSyntaxError replies to a subcommand, checked by the handler itself,
// that does not exist or has the wrong number of arguments.
func (c *Context) subcommandSyntaxError() {
	line := append([]byte(nil), "ERR unknown subcommand or wrong number of arguments for '"...)
	line = append(line, excerpt(c.Args[1], faultTextMax)...)
	c.Error(string(appendTryHelp(append(line, '\''), c.Args[0])))
}
