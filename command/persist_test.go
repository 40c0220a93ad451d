package command

import (
	"errors"
	"fmt"
	"testing"

	"basalt/config"
)

// savingHost answers what it is told to about files.
type savingHost struct {
	*nodeHost
	first bool // of two outcomes
	err   error
	asked string
}

func (h *savingHost) Save() error { h.asked = "save"; return h.err }

func (h *savingHost) BackgroundSave(schedule bool) (bool, error) {
	h.asked = fmt.Sprint("bgsave ", schedule)
	return h.first, h.err
}

func (h *savingHost) CancelSave() (bool, error) { h.asked = "cancel"; return h.first, h.err }
func (h *savingHost) LastSave() int64           { return 1700000000 }
func (h *savingHost) RewriteAOF() (bool, error) { h.asked = "rewrite"; return h.first, h.err }
func (h *savingHost) LoadAOF() error            { h.asked = "loadaof"; return h.err }

func (h *savingHost) Reload(o ReloadOptions) error {
	h.asked = fmt.Sprint("reload ", o)
	return h.err
}

// TestWordsOfSaving fixes what clients are told, in the words of Redis 7.2 and,
// of CANCEL, Valkey's.
func TestWordsOfSaving(t *testing.T) {
	n := newNode(t, 2)
	h := &savingHost{nodeHost: n.host}
	n.c.Host = h
	n.host.config.EnableDebugCommand = config.AccessYes
	disk := errors.New("no space left on device")
	for _, test := range []struct {
		command, asked string
		first          bool
		err            error
		reply          string
	}{
		{"SAVE", "save", false, nil, "+OK"},
		{"SAVE", "save", false, disk, "-ERR"},
		{"save", "save", false, fmt.Errorf("saving: %w", ErrSaving), "-ERR Background save already in progress"},
		{"BGSAVE", "bgsave false", true, nil, "+Background saving started"},
		{"BGSAVE SCHEDULE", "bgsave true", true, nil, "+Background saving started"},
		{"BGSAVE schedule", "bgsave true", false, nil, "+Background saving scheduled"},
		{"BGSAVE", "bgsave false", false, ErrSaving, "-ERR Background save already in progress"},
		{"BGSAVE", "bgsave false", false, ErrOtherChild, "-ERR Another child process is active (AOF?): can't BGSAVE right now. " +
			"Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."},
		{"BGSAVE", "bgsave false", false, disk, "-ERR"},
		{"BGSAVE CANCEL", "cancel", false, nil, "+Background saving cancelled"},
		{"BGSAVE cancel", "cancel", true, nil, "+Scheduled background saving cancelled"},
		{"BGSAVE CANCEL", "cancel", false, ErrNotSaving, "-ERR Background saving is currently not in progress or scheduled"},
		{"BGSAVE now", "", false, nil, "-ERR syntax error"},
		{"BGSAVE SCHEDULE CANCEL", "", false, nil, "-ERR syntax error"},
		{"BGREWRITEAOF", "rewrite", false, nil, "+Background append only file rewriting started"},
		{"BGREWRITEAOF", "rewrite", true, nil, "+Background append only file rewriting scheduled"},
		{"BGREWRITEAOF", "rewrite", false, ErrRewriting, "-ERR Background append only file rewriting already in progress"},
		{"BGREWRITEAOF", "rewrite", false, ErrRewriteFails,
			"-ERR Can't execute an AOF background rewriting. Please check the server logs for more information."},
		{"LASTSAVE", "", false, nil, ":1700000000"},
		{"DEBUG RELOAD", "reload {false false false}", false, nil, "+OK"},
		{"DEBUG RELOAD nosave MERGE NoFlush", "reload {true true true}", false, nil, "+OK"},
		{"DEBUG RELOAD NOSAVE", "reload {false false true}", false, ErrReloadFails,
			"-ERR Error trying to load the RDB dump, check server logs."},
		{"DEBUG RELOAD", "reload {false false false}", false, disk, "-ERR"},
		{"DEBUG RELOAD SAVE", "", false, nil, "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."},
		{"DEBUG LOADAOF", "loadaof", false, nil, "+OK"},
	} {
		h.first, h.err, h.asked = test.first, test.err, ""
		n.want(test.reply+"\r\n", test.command)
		if h.asked != test.asked {
			t.Errorf("%s: the host was asked for %q, want %q", test.command, h.asked, test.asked)
		}
	}
}
