package command

import (
	"strings"

	"basalt/internal/decimal"
)

// cmdLolwut tells the version. For the versions of Redis that drew something,
// which clients ask for with VERSION, it draws the columns that basalt cools
// into, in the size given as they took it.
func cmdLolwut(c *Context) {
	version, args := int64(0), c.Args[1:]
	if len(args) >= 2 && isWord(args[0], "version") {
		n, ok := decimal.Parse(args[1])
		if !ok {
			c.Error(errNotInteger)
			return
		}
		version, args = n, args[2:]
	}
	last := "Redis ver. " + Version + "\n"
	var width, height, ignored int64
	var sizes []*int64
	switch version {
	case 5:
		width, height = 66, 12
		sizes = []*int64{&width, &ignored, &height}
	case 6:
		width, height = 80, 20
		sizes = []*int64{&width, &height}
	default:
		c.W.Verbatim("txt", last)
		return
	}
	for i, arg := range args[:min(len(args), len(sizes))] {
		n, ok := decimal.Parse(arg)
		if !ok {
			c.Error(errNotInteger)
			return
		}
		*sizes[i] = min(max(n, 1), lolwutMax)
	}
	c.W.Verbatim("txt", columns(int(width), int(height))+"\nBasalt, cooled in columns. "+last)
}

// lolwutMax bounds either side of the picture, in characters.
const lolwutMax = 1000

// columns draws basalt from above.
func columns(width, height int) string {
	pattern := [2]string{`/  \__`, `\__/  `}
	var art strings.Builder
	for y := range height {
		line := strings.Repeat(pattern[y%2], width/len(pattern[0])+1)
		art.WriteString(line[:width])
		art.WriteByte('\n')
	}
	return art.String()
}
