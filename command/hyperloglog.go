package command

import "basalt/db"

// isHLL reports whether e, which exists, can be taken for a HyperLogLog;
// otherwise it replies what it is.
func (c *Context) isHLL(e *db.Entry) bool {
	if !c.isString(e) {
		return false
	}
	if !e.IsHLL() {
		c.Error(errHLLType)
		return false
	}
	return true
}

func cmdPFAdd(c *Context) {
	key, hash := c.Args[1], c.KeyHash(1)
	e := c.LookupWrite(1)
	updated := 0
	if e == nil {
		e = c.DB.HLLCreate(key, hash)
		updated++
	} else {
		if !c.isHLL(e) {
			return
		}
		e.Raw()
	}
	for _, element := range c.Args[2:] {
		var changed, ok bool
		if e, changed, ok = c.DB.HLLAdd(key, hash, e, element); !ok {
			c.Error(errHLLBroken)
			return
		}
		if changed {
			updated++
		}
	}
	if updated == 0 {
		c.W.Int(0)
		return
	}
	c.DB.HLLTouch(key, hash, e)
	c.Changed(EventString, "pfadd", c.DB, key, updated)
	c.W.Int(1)
}

func cmdPFCount(c *Context) {
	if len(c.Args) > 2 {
		var registers [db.HLLRegisters]uint8
		if _, ok := c.hllUnion(&registers); ok {
			c.W.Int(int64(db.HLLEstimate(&registers)))
		}
		return
	}
	e := c.LookupRead(1)
	if e == nil {
		c.W.Int(0)
		return
	}
	if !c.isHLL(e) {
		return
	}
	e.Raw()
	n, counted, ok := c.DB.HLLCount(c.Args[1], c.KeyHash(1), e)
	if !ok {
		c.Error(errHLLBroken)
		return
	}
	if counted {
		// What is kept for the next one to ask is part of the value.
		c.Modified(c.DB, c.Args[1])
	}
	c.W.Int(int64(n))
}

// hllUnion raises registers, which are zero, to those of the keys from Args[1]
// on, and returns whether any of them is dense. It replies if one is no
// HyperLogLog or broken.
func (c *Context) hllUnion(registers *[db.HLLRegisters]uint8) (dense, ok bool) {
	for i := 1; i < len(c.Args); i++ {
		e := c.LookupRead(i)
		if e == nil {
			continue
		}
		if !c.isHLL(e) {
			return false, false
		}
		if !e.HLLIsSparse() {
			dense = true
		}
		if !e.HLLUnion(registers) {
			c.Error(errHLLBroken)
			return false, false
		}
	}
	return dense, true
}

func cmdPFMerge(c *Context) {
	var registers [db.HLLRegisters]uint8
	dense, ok := c.hllUnion(&registers)
	if !ok {
		return
	}
	key, hash := c.Args[1], c.KeyHash(1)
	e := c.LookupWrite(1)
	if e == nil {
		e = c.DB.HLLCreate(key, hash)
	} else {
		e.Raw()
	}
	if !c.DB.HLLStore(key, hash, e, dense, &registers) {
		c.Error(errHLLBroken)
		return
	}
	c.Changed(EventString, "pfadd", c.DB, key, 1)
	c.W.OK()
}

func cmdPFDebug(c *Context) {
	key, hash := c.Args[2], c.KeyHash(2)
	e := c.LookupWrite(2)
	if e == nil {
		c.Error(errHLLNoKey)
		return
	}
	if !c.isHLL(e) {
		return
	}
	e.Raw()
	sparse := e.HLLIsSparse()
	switch what := c.Args[1]; {
	case equalFold(what, "getreg"):
		if c.hllToDense(key, hash, e) {
			c.replyRegisters(c.DB.Peek(key, hash))
		}
	case equalFold(what, "decode"):
		if !sparse {
			c.Error(errHLLDense)
			return
		}
		c.digits = e.AppendHLLOpcodes(c.digits[:0])
		c.W.Bulk(c.digits)
	case equalFold(what, "encoding"):
		if sparse {
			c.W.SimpleString("sparse")
		} else {
			c.W.SimpleString("dense")
		}
	case equalFold(what, "todense"):
		if !c.hllToDense(key, hash, e) {
			return
		}
		if sparse {
			c.W.Int(1)
		} else {
			c.W.Int(0)
		}
	default:
		c.Error("ERR Unknown PFDEBUG subcommand '" + string(what) + "'")
	}
}

// hllToDense makes e dense; otherwise it replies that it is broken.
func (c *Context) hllToDense(key []byte, hash uint64, e *db.Entry) bool {
	if !e.HLLIsSparse() {
		return true
	}
	if !c.DB.HLLToDense(key, hash, e) {
		c.Error(errHLLBroken)
		return false
	}
	c.Modified(c.DB, key)
	return true
}

func (c *Context) replyRegisters(e *db.Entry) {
	var registers [db.HLLRegisters]uint8
	e.HLLUnion(&registers)
	c.W.Array(len(registers))
	for _, v := range registers {
		c.W.Int(int64(v))
	}
}

func cmdPFSelfTest(c *Context) {
	if fault := db.HLLSelfTest(); fault != "" {
		c.Error(errHLLSelf + fault)
		return
	}
	c.W.OK()
}
