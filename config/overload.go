package config

// Overload is what the server does when more comes than it can serve.
type Overload struct {
	// OverloadTarget is how many milliseconds a command may wait for its turn; 0
	// is no limit.
	OverloadTarget int64
	// OverloadInterval is for how many milliseconds the wait has to be longer.
	OverloadInterval int64
}

var overloadRows = []Directive{
	{
		Name: "overload-target", Apply: ApplyOverload,
		value: integer(func(c *Config) *int64 { return &c.OverloadTarget }, 0, 0, 60000),
		Doc: "Milliseconds that commands may wait for their turn. When the wait stays above it for `overload-interval`, as much of what waits is executed, " +
			"oldest first, as keeps the wait below the target, and what came last is answered `-THROTTLED` instead, until nothing had to be refused for as long: " +
			"some clients are refused at once instead of all timing out. Reading and writing are not counted, for refusing does not save them: " +
			"some ten microseconds for each connection that has sent something come on top. " +
			"Only commands that read, write or publish are; clients in a transaction, subscribers and those that waited are spared. 0, the default, is off. (Basalt only.)",
	},
	{
		Name: "overload-interval", Apply: ApplyOverload,
		value: integer(func(c *Config) *int64 { return &c.OverloadInterval }, 100, 1, 60000),
		Doc:   "Milliseconds for which the wait has to be above `overload-target`: bursts that are over sooner are served. (Basalt only.)",
	},
}
