package config

import "strconv"

// maxIOThreads bounds io-threads as Redis does.
const maxIOThreads = 128

// ioThreads keeps the setting and what it came to: CONFIG REWRITE must not turn
// an automatic choice into a fixed number.
type ioThreads struct{}

func (ioThreads) reset(c *Config) { c.ioThreadsSet, c.IOThreads = 0, autoIOThreads() }

func (ioThreads) set(c *Config, args []string) error {
	n := number{form: plain, min: 0, max: maxIOThreads}
	v, err := n.parse(args[0])
	if err != nil {
		return err
	}
	c.ioThreadsSet, c.IOThreads = int(v), int(v)
	if v == 0 {
		c.IOThreads = autoIOThreads()
	}
	return nil
}

func (ioThreads) get(c *Config) string { return strconv.Itoa(c.IOThreads) }

func (ioThreads) rewrite(c *Config, name string) []rewriteLine {
	return []rewriteLine{{name + " " + strconv.Itoa(c.ioThreadsSet), c.ioThreadsSet != 0}}
}

func (ioThreads) describe() string {
	return "integer up to " + strconv.Itoa(maxIOThreads) + ", 0 for automatic"
}
