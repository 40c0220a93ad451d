package command

import (
	"strings"

	"basalt/db"
	"basalt/internal/decimal"
	"basalt/resp"
)

// Log takes what commands did to the keyspace, as commands in RESP that do the
// same whenever they are executed: deadlines are absolute, what was drawn at
// random or waited for is named. Executed again in their order on the data of
// the time when the log began, with Context.SetReplaying, they lead to the data
// of its end. SELECT is a command of the log like others, and what one call
// did in several commands stands between MULTI and EXEC.
//
// The bytes lie in memory of the log's own that is used again and again. The
// executor owns it, as all else.
type Log struct {
	buf []byte
	// selected is the number of the database that the log stands in, plus 1;
	// 0 if it has to be said.
	selected int
	// unit is where in buf the effects of the current call begin, and commands
	// how many there are.
	unit, commands int
	grouped        bool
}

// logKept bounds the memory that an empty log keeps, in bytes: some rounds of
// many clients fit, a large value does not stay.
const logKept = 1 << 20

// What stands around the effects of one call.
const (
	logMulti  = "*1\r\n$5\r\nMULTI\r\n"
	logExec   = "*1\r\n$4\r\nEXEC\r\n"
	logSelect = "*2\r\n$6\r\nSELECT\r\n"
)

// Words of commands, as they stand in the log.
const (
	wordAbsTTL      = "$6\r\nABSTTL\r\n"
	wordCreate      = "$14\r\nCREATECONSUMER\r\n"
	wordDel         = "$3\r\nDEL\r\n"
	wordEntriesRead = "$11\r\nENTRIESREAD\r\n"
	wordEqual       = "$1\r\n=\r\n"
	wordFields      = "$6\r\nFIELDS\r\n"
	wordForce       = "$5\r\nFORCE\r\n"
	wordHDel        = "$4\r\nHDEL\r\n"
	wordHPersist    = "$8\r\nHPERSIST\r\n"
	wordHPExpireAt  = "$10\r\nHPEXPIREAT\r\n"
	wordHSet        = "$4\r\nHSET\r\n"
	wordHSetEX      = "$6\r\nHSETEX\r\n"
	wordJustID      = "$6\r\nJUSTID\r\n"
	wordKeepTTL     = "$7\r\nKEEPTTL\r\n"
	wordLastID      = "$6\r\nLASTID\r\n"
	wordLMove       = "$5\r\nLMOVE\r\n"
	wordLPop        = "$4\r\nLPOP\r\n"
	wordMaxLen      = "$6\r\nMAXLEN\r\n"
	wordMSetEX      = "$6\r\nMSETEX\r\n"
	wordPersist     = "$7\r\nPERSIST\r\n"
	wordPExpireAt   = "$9\r\nPEXPIREAT\r\n"
	wordPXAT        = "$4\r\nPXAT\r\n"
	wordRestore     = "$7\r\nRESTORE\r\n"
	wordRetryCount  = "$10\r\nRETRYCOUNT\r\n"
	wordRPop        = "$4\r\nRPOP\r\n"
	wordRPopLPush   = "$9\r\nRPOPLPUSH\r\n"
	wordSet         = "$3\r\nSET\r\n"
	wordSetID       = "$5\r\nSETID\r\n"
	wordSRem        = "$4\r\nSREM\r\n"
	wordTime        = "$4\r\nTIME\r\n"
	wordUnlink      = "$6\r\nUNLINK\r\n"
	wordXAck        = "$4\r\nXACK\r\n"
	wordXAdd        = "$4\r\nXADD\r\n"
	wordXClaim      = "$6\r\nXCLAIM\r\n"
	wordXGroup      = "$6\r\nXGROUP\r\n"
	wordXTrim       = "$5\r\nXTRIM\r\n"
	wordZero        = "$1\r\n0\r\n"
	wordZPopMax     = "$7\r\nZPOPMAX\r\n"
	wordZPopMin     = "$7\r\nZPOPMIN\r\n"
)

// logName is the name of a command as it stands in the log: the one by which
// every server knows it, whatever it was renamed to here.
func logName(name string) string {
	return "$" + string(decimal.AppendInt(nil, int64(len(name)))) + "\r\n" + strings.ToUpper(name) + "\r\n"
}

// ForgetDB makes the next command begin with SELECT whatever stands before it:
// a new file begins, or what was logged got lost.
func (l *Log) ForgetDB() { l.selected = 0 }

// Len returns how many bytes wait to be taken.
func (l *Log) Len() int { return len(l.buf) }

// Take returns what was logged since the last time, whole commands and whole
// transactions. The slice is good until the next command is logged. It is not
// called while a command is being executed.
func (l *Log) Take() []byte {
	if l.commands != 0 || l.grouped {
		panic("BUG: command: the log is taken inside a command")
	}
	b := l.buf
	l.buf, l.unit = b[:0], 0
	if cap(b) > logKept {
		l.buf = nil
	}
	return b
}

// Group makes all that follows one unit, up to Ungroup, as EXEC and scripts
// need it. Groups are not nested.
func (l *Log) Group() {
	if l.grouped {
		panic("BUG: command: a group of the log in another")
	}
	l.grouped = true
}

// Ungroup ends what Group began.
func (l *Log) Ungroup() {
	if !l.grouped {
		panic("BUG: command: the end of no group of the log")
	}
	l.grouped = false
	l.finish()
}

// finish ends the effects of a call. Several of them become a transaction, so
// that a log which is cut off has all of them or none.
func (l *Log) finish() {
	if l.grouped {
		return
	}
	if l.commands > 1 {
		l.buf = append(l.buf, logMulti...)
		copy(l.buf[l.unit+len(logMulti):], l.buf[l.unit:])
		copy(l.buf[l.unit:], logMulti)
		l.buf = append(l.buf, logExec...)
	}
	l.commands, l.unit = 0, len(l.buf)
}

// begin starts a command on d of args arguments, its name counted, of which
// name is the first. The caller appends the others.
func (l *Log) begin(d *db.DB, name string, args int) {
	if n := d.Index() + 1; n != l.selected {
		l.selected = n
		l.buf = append(l.buf, logSelect...)
		l.int(int64(n - 1))
	}
	l.commands++
	l.buf = append(resp.AppendArray(l.buf, args), name...)
}

// expired logs that a key of d is gone because its time had come. Nothing that
// a command did depends on it, so it is no part of the command's transaction
// unless it comes in the middle of it.
func (l *Log) expired(d *db.DB, name string, key []byte) {
	before := l.commands
	l.begin(d, name, 2)
	l.bulk(key)
	l.apart(before)
}

// fieldExpired is expired for a field of a hash.
func (l *Log) fieldExpired(d *db.DB, key, field []byte) {
	before := l.commands
	l.begin(d, wordHDel, 3)
	l.bulk(key)
	l.bulk(field)
	l.apart(before)
}

// apart takes the last command out of the unit if it is the first one.
func (l *Log) apart(before int) {
	if before == 0 {
		l.commands, l.unit = 0, len(l.buf)
	}
}

// word appends an argument that is one of the words above.
func (l *Log) word(w string) { l.buf = append(l.buf, w...) }

// bulk appends an argument.
func (l *Log) bulk(b []byte) { l.buf = resp.AppendBulk(l.buf, b) }

// bulks appends arguments.
func (l *Log) bulks(list [][]byte) {
	buf := l.buf
	for _, b := range list {
		buf = resp.AppendBulk(buf, b)
	}
	l.buf = buf
}

// int appends an argument that is a number.
func (l *Log) int(n int64) { l.buf = resp.AppendBulkInt(l.buf, n) }

// element appends an argument that is an element of a collection.
func (l *Log) element(m db.Element) {
	if m.IsInt {
		l.int(m.Int)
	} else {
		l.bulk(m.Bytes)
	}
}

// id appends an argument that is the ID of an entry of a stream.
func (l *Log) id(id db.StreamID) {
	var scratch [streamIDLen]byte
	l.bulk(appendStreamID(scratch[:0], id))
}
