package command

import "errors"

// What Host's methods of persistence refuse a command for. The words are those
// of the reply; any other error is in the server's log, and the client is told
// no more than that it failed.
var (
	ErrSaving       = errors.New("Background save already in progress")
	ErrNotSaving    = errors.New("Background saving is currently not in progress or scheduled")
	ErrOtherChild   = errors.New("Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.")
	ErrRewriting    = errors.New("Background append only file rewriting already in progress")
	ErrRewriteFails = errors.New("Can't execute an AOF background rewriting. Please check the server logs for more information.")
	ErrReloadFails  = errors.New("Error trying to load the RDB dump, check server logs.")
	ErrLoadAOFFails = errors.New("Error trying to load the AOF files, check server logs.")
)

// persistErrors are the errors whose words the client sees.
var persistErrors = [...]error{
	ErrSaving, ErrNotSaving, ErrOtherChild, ErrRewriting, ErrRewriteFails, ErrReloadFails, ErrLoadAOFFails,
}

// errFailed is the whole error of a save that failed, as Redis words it.
const errFailed = "ERR"

// ReloadOptions are the options of DEBUG RELOAD.
type ReloadOptions struct {
	Merge   bool // keys that are there already are no error
	NoFlush bool // what is in memory stays
	NoSave  bool // the file is loaded as it is
}

// errorPersist replies that something of persistence failed.
func (c *Context) errorPersist(err error) {
	for _, known := range persistErrors {
		if errors.Is(err, known) {
			c.Error("ERR " + known.Error())
			return
		}
	}
	c.Error(errFailed)
}

// replyPersist replies with an error if there is one, else with one of two
// sentences.
func (c *Context) replyPersist(err error, first bool, yes, no string) {
	switch {
	case err != nil:
		c.errorPersist(err)
	case first:
		c.W.SimpleString(yes)
	default:
		c.W.SimpleString(no)
	}
}

func cmdSave(c *Context) {
	if err := c.Host.Save(); err != nil {
		c.errorPersist(err)
		return
	}
	c.W.OK()
}

func cmdBGSave(c *Context) {
	switch {
	case len(c.Args) == 2 && equalFold(c.Args[1], "cancel"):
		scheduled, err := c.Host.CancelSave()
		c.replyPersist(err, scheduled, "Scheduled background saving cancelled", "Background saving cancelled")
	case len(c.Args) == 1 || len(c.Args) == 2 && equalFold(c.Args[1], "schedule"):
		started, err := c.Host.BackgroundSave(len(c.Args) == 2)
		c.replyPersist(err, started, "Background saving started", "Background saving scheduled")
	default:
		c.Error(errSyntax)
	}
}

func cmdBGRewriteAOF(c *Context) {
	scheduled, err := c.Host.RewriteAOF()
	c.replyPersist(err, scheduled, "Background append only file rewriting scheduled",
		"Background append only file rewriting started")
}

func cmdLastSave(c *Context) { c.W.Int(c.Host.LastSave()) }

func debugReload(c *Context, args [][]byte) {
	var o ReloadOptions
	for _, arg := range args {
		switch {
		case isWord(arg, "merge"):
			o.Merge = true
		case isWord(arg, "noflush"):
			o.NoFlush = true
		case isWord(arg, "nosave"):
			o.NoSave = true
		default:
			c.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
			return
		}
	}
	if err := c.Host.Reload(o); err != nil {
		c.errorPersist(err)
		return
	}
	c.W.OK()
}

func debugLoadAOF(c *Context, _ [][]byte) {
	if err := c.Host.LoadAOF(); err != nil {
		c.errorPersist(err)
		return
	}
	c.W.OK()
}
