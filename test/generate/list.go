package generate

// listTemplates are the commands of lists. Those that wait do so for a
// moment only, and seldom.
var listTemplates = []template{
	{20, "", "LPUSH <key> <value>..."},
	{20, "", "RPUSH <key> <value>..."},
	{6, "", "LPUSHX <key> <value>..."},
	{6, "", "RPUSHX <key> <value>..."},
	{12, "", "LPOP <key> [<small>]"},
	{12, "", "RPOP <key> [<small>]"},
	{8, "", "LLEN <key>"},
	{12, "", "LINDEX <key> <index>"},
	{12, "", "LSET <key> <index> <value>"},
	{12, "", "LINSERT <key> (BEFORE|AFTER) <value> <value>"},
	{20, "", "LRANGE <key> <index> <index>"},
	{10, "", "LREM <key> <index> <value>"},
	{6, "", "LTRIM <key> <index> <index>"},
	{12, "", "LPOS <key> <value> [RANK <index>] [COUNT <small>] [MAXLEN <small>]"},
	{16, "", "LMOVE <key> <key> (LEFT|RIGHT) (LEFT|RIGHT)"},
	{8, "", "RPOPLPUSH <key> <key>"},
	{8, "", "LMPOP 2 <key> <key> (LEFT|RIGHT) [COUNT <small>]"},
	{2, "", "BLPOP <key>... 0.001"},
	{2, "", "BRPOP <key>... 0.001"},
	{2, "", "BLMOVE <key> <key> (LEFT|RIGHT) (LEFT|RIGHT) 0.001"},
	{2, "", "BRPOPLPUSH <key> <key> 0.001"},
	{2, "", "BLMPOP 0.001 2 <key> <key> (LEFT|RIGHT) [COUNT <small>]"},
}
