package command

import "basalt/db"

// streamGroup returns the group at Args[key+1] of the stream at Args[key], to be
// changed if write is set; if there is none it replies so.
func (c *Context) streamGroup(key int, write bool) (*db.Stream, *db.Group, bool) {
	e := c.LookupRead(key)
	s, ok := c.streamOf(e)
	if !ok {
		return nil, nil, false
	}
	if s != nil {
		if g := s.Group(c.Args[key+1]); g != nil {
			if write {
				g = c.DB.StreamToWrite(e).GroupToWrite(c.Keys, c.Args[key+1])
			}
			return s, g, true
		}
	}
	c.errorNoGroup(c.Args[key], c.Args[key+1], "")
	return nil, nil, false
}

// parseGroupOptions reads the options of XGROUP CREATE and SETID from Args[5]
// on.
func (c *Context) parseGroupOptions(create bool) (read int64, mkstream, ok bool) {
	read = db.EntriesReadUnknown
	for i := 5; i < len(c.Args); i++ {
		switch {
		case create && equalFold(c.Args[i], "mkstream"):
			mkstream = true
		case i+1 < len(c.Args) && equalFold(c.Args[i], "entriesread"):
			i++
			if read, ok = c.integer(i); !ok {
				return 0, false, false
			}
			if read < 0 && read != db.EntriesReadUnknown {
				c.Error(errXGroupRead)
				return 0, false, false
			}
		default:
			c.subcommandSyntaxError()
			return 0, false, false
		}
	}
	return read, mkstream, true
}

// groupStream returns the stream that a subcommand of XGROUP works on; unless
// it may be missing it replies that there is none.
func (c *Context) groupStream(optional bool) (*db.Stream, bool) {
	s, ok := c.writeStream(2)
	if ok && s == nil && !optional {
		c.Error(errXGroupKey)
		return nil, false
	}
	return s, ok
}

// groupOf returns the group that a subcommand of XGROUP works on; if there is
// none it replies so.
func (c *Context) groupOf() (*db.Stream, *db.Group, bool) {
	s, ok := c.groupStream(false)
	if !ok {
		return nil, nil, false
	}
	g := s.GroupToWrite(c.Keys, c.Args[3])
	if g == nil {
		c.errorNoGroupOfKey(c.Args[2], c.Args[3])
	}
	return s, g, g != nil
}

func cmdXGroupCreate(c *Context) {
	read, mkstream, ok := c.parseGroupOptions(true)
	if !ok {
		return
	}
	s, ok := c.groupStream(mkstream)
	if !ok {
		return
	}
	if len(c.Args) > 8 {
		c.subcommandSyntaxError()
		return
	}
	id := db.StreamID{}
	if string(c.Args[4]) != "$" {
		if id, ok = c.streamID(4); !ok {
			return
		}
	} else if s != nil {
		id = s.LastID()
	}
	if s == nil {
		s = c.DB.CreateStream(c.Args[2], c.KeyHash(2))
		if c.Watching != 0 {
			c.Host.KeyModified(c.DB, c.Args[2])
		}
	}
	if s.CreateGroup(c.Keys, c.Args[3], id, read) == nil {
		c.Error(errXGroupBusy)
		return
	}
	c.W.OK()
	c.streamChanged("xgroup-create", c.Args[2])
}

func cmdXGroupSetID(c *Context) {
	read, _, ok := c.parseGroupOptions(false)
	if !ok {
		return
	}
	s, g, ok := c.groupOf()
	if !ok {
		return
	}
	if len(c.Args) != 5 && len(c.Args) != 7 {
		c.subcommandSyntaxError()
		return
	}
	id := s.LastID()
	if string(c.Args[4]) != "$" {
		if id, ok = parseStreamID(c.Args[4], 0, false, nil); !ok {
			c.Error(errStreamID)
			return
		}
	}
	g.LastID, g.Read = id, read
	c.W.OK()
	c.streamChanged("xgroup-setid", c.Args[2])
}

func cmdXGroupDestroy(c *Context) {
	s, ok := c.groupStream(false)
	if !ok {
		return
	}
	if !s.DestroyGroup(c.Keys, c.Args[3]) {
		c.W.Int(0)
		return
	}
	c.W.Int(1)
	// Who waits for entries of the group is told that it is gone.
	c.Changed(EventStream, "xgroup-destroy", c.DB, c.Args[2], 1)
}

func cmdXGroupCreateConsumer(c *Context) {
	_, g, ok := c.groupOf()
	if !ok {
		return
	}
	if g.CreateConsumer(c.Keys, c.Args[4]) == nil {
		c.W.Int(0)
		return
	}
	c.W.Int(1)
	c.streamChanged("xgroup-createconsumer", c.Args[2])
}

func cmdXGroupDelConsumer(c *Context) {
	_, g, ok := c.groupOf()
	if !ok {
		return
	}
	pending, found := g.DeleteConsumer(c.Keys, c.Args[4])
	c.W.Int(pending)
	if found {
		c.streamChanged("xgroup-delconsumer", c.Args[2])
	}
}

func cmdXAck(c *Context) {
	e := c.LookupRead(1) // it counts, though the command writes
	s, ok := c.streamOf(e)
	if !ok {
		return
	}
	var g *db.Group
	if s != nil {
		g = c.DB.StreamToWrite(e).GroupToWrite(c.Keys, c.Args[2])
	}
	if g == nil {
		c.W.Int(0)
		return
	}
	if !c.streamIDs(3, len(c.Args)) {
		return
	}
	n := int64(0)
	for i := 3; i < len(c.Args); i++ {
		if g.Ack(c.Keys, c.idAt(i)) {
			n++
		}
	}
	c.Keys.Dirty += n
	c.W.Int(n)
}
