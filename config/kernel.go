package config

// Kernel is what the server asks of the operating system.
type Kernel struct {
	// OOMScoreAdj is no, relative (to the score at start) or absolute.
	OOMScoreAdj string
	// OOMScoreAdjValues are the scores of a master, a replica and a child.
	OOMScoreAdjValues [3]int

	DisableTHP bool
}

var kernelRows = []Directive{
	{
		Name: "oom-score-adj", Apply: ApplyOOMScore,
		value: enum(func(c *Config) *string { return &c.OOMScoreAdj }, "no",
			named[string]{"no", "no"}, named[string]{"yes", "yes"},
			named[string]{"relative", "yes"}, named[string]{"absolute", "absolute"}),
		Doc: "Adjust how readily the kernel kills the process when memory runs out: by values added to the score at start (`yes`, `relative`) or by the values themselves. Linux only.",
	},
	{
		Name: "oom-score-adj-values", Flags: MultiArg, Apply: ApplyOOMScore, value: oomScores,
		Doc: "The values for a master, a replica and a child process.",
	},
	{
		Name: "disable-thp", Flags: Immutable, Inert: "data is never copied on write, so huge pages do no harm; the server asks for them where they help",
		value: yesNo(func(c *Config) *bool { return &c.DisableTHP }, true),
		Doc:   "Do without transparent huge pages.",
	},
}
