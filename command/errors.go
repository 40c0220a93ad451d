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

	errGeoUnit            = "ERR unsupported unit provided. please use M, KM, FT, MI"
	errGeoMember          = "ERR could not decode requested zset member"
	errGeoRadius          = "ERR need numeric radius"
	errGeoRadiusNegative  = "ERR radius cannot be negative"
	errGeoWidth           = "ERR need numeric width"
	errGeoHeight          = "ERR need numeric height"
	errGeoBoxNegative     = "ERR height or width cannot be negative"
	errGeoCount           = "ERR COUNT must be > 0"
	errGeoAny             = "ERR the ANY argument requires COUNT argument"
	errGeoFrom            = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for "
	errGeoBy              = "ERR exactly one of BYRADIUS and BYBOX can be specified for "
	errGeoStoreWith       = "ERR STORE option in GEORADIUS" + geoStoreWith
	errGeoSearchStoreWith = "ERR GEOSEARCHSTORE" + geoStoreWith

	geoStoreWith = " is not compatible with WITHDIST, WITHHASH and WITHCOORD options"

	errSortDouble = "ERR One or more scores can't be converted into double"
)

// The errors of lists.
const (
	errIndex         = "ERR index out of range"
	errCountPositive = "ERR count should be greater than 0"
	errNumKeysMin    = "ERR numkeys should be greater than 0"
	errLPosRank      = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
		"or use negative to start from the end of the list"
	errLPosRankRange = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	errLPosCount     = "ERR COUNT can't be negative"
	errLPosMaxLen    = "ERR MAXLEN can't be negative"
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

// Errors of streams.
const (
	errStreamID        = "ERR Invalid stream ID specified as stream command argument"
	errStreamStart     = "ERR invalid start ID for the interval"
	errStreamEnd       = "ERR invalid end ID for the interval"
	errStreamZero      = "ERR The ID specified in XADD must be greater than 0-0"
	errStreamOld       = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	errStreamFull      = "ERR The stream has exhausted the last possible ID, unable to add more items"
	errStreamLarge     = "ERR Elements are too large to be stored"
	errStreamTrimTwice = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	errStreamMaxLen    = "ERR The MAXLEN argument must be >= 0."
	errStreamLimit     = "ERR The LIMIT argument must be >= 0."
	errStreamLimitOnly = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	errStreamLimitIs   = "ERR syntax error, LIMIT cannot be used without the special ~ option"
	errStreamNoTrim    = "ERR syntax error, XTRIM must be called with a trimming strategy"

	errXSetIDAdded      = "ERR entries_added must be positive"
	errXSetIDAddedSmall = "ERR The entries_added specified in XSETID is smaller than the target stream length"
	errXSetIDDeleted    = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
	errXSetIDDeletedNow = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
	errXSetIDSmall      = "ERR The ID specified in XSETID is smaller than the target stream top item"

	errXReadGroupOption = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	errXReadNoAck       = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	errXReadNoGroup     = "ERR Missing GROUP option for XREADGROUP"
	errXReadGreater     = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
	errXReadDollar      = "ERR The $ ID is meaningless in the context of XREADGROUP: " + errXReadHistory + "The $ ID would just return an empty result set."
	errXReadPlus        = "ERR The + ID is meaningless in the context of XREADGROUP: " + errXReadHistory + "The + ID would just return an empty result set."
	errXReadHistory     = "you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. "

	errXGroupKey   = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."
	errXGroupBusy  = "BUSYGROUP Consumer Group name already exists"
	errXGroupRead  = "ERR value for ENTRIESREAD must be positive or -1"
	errXClaimIdle  = "ERR Invalid min-idle-time argument for XCLAIM"
	errXAutoIdle   = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
	errXAutoCount  = "ERR COUNT must be > 0"
	errXNumIDs     = "ERR Number of IDs must be a positive integer"
	errXNumIDsWant = "ERR The `numids` parameter must match the number of arguments"
)

// Errors of sorted sets.
const (
	errZAddNX       = "ERR XX and NX options at the same time are not compatible"
	errZAddGT       = "ERR GT, LT, and/or NX options at the same time are not compatible"
	errZAddIncr     = "ERR INCR option supports a single increment-element pair"
	errScoreNaN     = "ERR resulting score is not a number (NaN)"
	errScoreRange   = "ERR min or max is not a float"
	errLexRange     = "ERR min or max not valid string range item"
	errZRangeLimit  = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
	errZRangeScores = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
	errWeight       = "ERR weight value is not a float"
)
