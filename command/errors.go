package command

// The words of the errors that more than one command replies with, or that a
// command of strings or keys replies with, as Redis 7.2 words them. Clients
// match them, so they are part of the protocol.
const (
	errSyntax       = "ERR syntax error"
	errWrongType    = "WRONGTYPE Operation against a key holding the wrong kind of value"
	errNoKey        = "ERR no such key"
	errSameObject   = "ERR source and destination objects are the same"
	errNotInteger   = "ERR value is not an integer or out of range"
	errNotInt32     = "ERR value is out of range, value must between -2147483648 and 2147483647"
	errNotFloat     = "ERR value is not a valid float"
	errNaN          = "ERR increment would produce NaN or Infinity"
	errIncrOverflow = "ERR increment or decrement would overflow"
	errDecrOverflow = "ERR decrement would overflow"
	errTooLong      = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	errOffset       = "ERR offset is out of range"
	errDBRange      = "ERR DB index is out of range"
	errFirstDB      = "ERR invalid first DB index"
	errSecondDB     = "ERR invalid second DB index"
	errCursor       = "ERR invalid cursor"
	errNumKeys      = "ERR invalid numkeys value"
	errPairs        = "ERR wrong number of key-value pairs"

	errTimeout         = "ERR timeout is not an integer or out of range"
	errTimeoutFloat    = "ERR timeout is not a float or out of range"
	errTimeoutRange    = "ERR timeout is out of range"
	errTimeoutNegative = "ERR timeout is negative"

	errExpireNX = "ERR NX and XX, GT or LT options at the same time are not compatible"
	errExpireGT = "ERR GT and LT options at the same time are not compatible"

	errNoLFU = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. " + errPolicySwitch
	errIsLFU = "ERR An LFU maxmemory policy is selected, idle time not tracked. " + errPolicySwitch

	errPolicySwitch = "Please note that when switching between policies at runtime LRU and LFU data " +
		"will take some time to adjust."

	errLCSNotStrings = "ERR The specified keys must contain string values"
	errLCSBoth       = "ERR If you want both the length and indexes, please just use IDX."
	errLCSTooLong    = "ERR String too long for LCS"
	errLCSMemory     = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"

	errBitOffset     = "ERR bit offset is not an integer or out of range"
	errBit           = "ERR bit is not an integer or out of range"
	errBitArgument   = "ERR The bit argument must be 1 or 0."
	errBitNot        = "ERR BITOP NOT must be called with a single source key."
	errBitSources    = " must be called with at least two source keys."
	errFieldType     = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	errFieldOverflow = "ERR Invalid OVERFLOW type specified"
	errFieldReadOnly = "ERR BITFIELD_RO only supports the GET subcommand"

	errHLLType   = "WRONGTYPE Key is not a valid HyperLogLog string value."
	errHLLBroken = "INVALIDOBJ Corrupted HLL object detected"
	errHLLNoKey  = "ERR The specified key does not exist"
	errHLLDense  = "ERR HLL encoding is not sparse"
	errHLLSelf   = "TESTFAILED "
)

// errorExpireTime replies that a time to live or deadline makes no sense.
func (c *Context) errorExpireTime() {
	c.Error("ERR invalid expire time in '" + c.Row.FullName + "' command")
}

// errorArity replies that the number of arguments is wrong, where the row's
// arity cannot say it.
func (c *Context) errorArity() {
	c.Error("ERR wrong number of arguments for '" + c.Row.FullName + "' command")
}

// Errors of commands on sets.
const (
	errNotPositive     = "ERR value is out of range, must be positive"
	errCountRange      = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	errNumKeysPositive = "ERR numkeys should be greater than 0"
	errNumKeysMany     = "ERR Number of keys can't be greater than number of args"
	errLimitNegative   = "ERR LIMIT can't be negative"
)

// The words of commands of hashes.
const (
	errHashNotInteger = "ERR hash value is not an integer"
	errHashNotFloat   = "ERR hash value is not a float"
	errNaNOrInfinity  = "ERR value is NaN or Infinity"
	errRangePlain     = "ERR value is out of range"

	errFieldsMissing     = "ERR Mandatory argument FIELDS is missing or not at the right position"
	errFieldsArgument    = "ERR missing FIELDS argument"
	errNumFieldsZero     = "ERR Parameter `numFields` should be greater than 0"
	errNumFieldsPositive = "ERR Number of fields must be a positive integer"
	errNumFieldsInvalid  = "ERR invalid number of fields"
	errNumFieldsMatch    = "ERR The `numfields` parameter must match the number of arguments"
	errExpireNegative    = "ERR invalid expire time, must be >= 0"
	errExpireMissing     = "ERR missing expire time"
	errOnlyOneKeepTTL    = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
	errOnlyOnePersist    = "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"
	errOnlyOneCondition  = "ERR Only one of FXX or FNX arguments can be specified"
)
