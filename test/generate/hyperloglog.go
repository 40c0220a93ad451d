package generate

// hyperloglogTemplates are the commands of HyperLogLogs.
var hyperloglogTemplates = []template{
	{10, "", "PFADD <key> [<value>...]"},
	{6, "", "PFCOUNT <key> [<key>...]"},
	{4, "", "PFMERGE <key> [<key>...]"},
	{2, "", "PFDEBUG (DECODE|ENCODING|TODENSE|GETREG|nonsense) <key>"},
}
