package command

import (
	"slices"
	"strings"

	"basalt/internal/decimal"
)

// TrackingStates are the flags of a client that CLIENT TRACKING OFF clears.
const TrackingStates = Tracking | TrackingBCast | TrackingOptIn | TrackingOptOut | TrackingNoLoop | TrackingCaching | TrackingBroken

// TrackingOptions are those of CLIENT TRACKING ON.
type TrackingOptions struct {
	Redirect int64       // the ID of the client that is told, 0 for the caller itself
	Modes    ClientFlags // of TrackingBCast, TrackingOptIn, TrackingOptOut and TrackingNoLoop
	Prefixes [][]byte    // of the keys in BCAST mode; none means all keys
}

func cmdClientTracking(c *Context) {
	o, ok := c.parseTracking()
	if !ok {
		return
	}
	switch {
	case isWord(c.Args[2], "on"):
		if why := c.trackingConflict(&o); why != "" {
			c.Error(why)
			return
		}
		c.Host.StartTracking(c.Client, o)
	case isWord(c.Args[2], "off"):
		c.Host.StopTracking(c.Client)
	default:
		c.Error(errSyntax)
		return
	}
	c.W.OK()
}

// trackingModes are the options that are a word alone.
var trackingModes = [...]struct {
	word string
	mode ClientFlags
}{{"bcast", TrackingBCast}, {"optin", TrackingOptIn}, {"optout", TrackingOptOut}, {"noloop", TrackingNoLoop}}

// parseTracking reads the options of CLIENT TRACKING. It replies with an error
// if they are wrong.
func (c *Context) parseTracking() (o TrackingOptions, ok bool) {
options:
	for i := 3; i < len(c.Args); i++ {
		option := c.Args[i]
		for _, m := range trackingModes {
			if isWord(option, m.word) {
				o.Modes |= m.mode
				continue options
			}
		}
		more := i+1 < len(c.Args)
		switch {
		case more && isWord(option, "prefix"):
			i++
			o.Prefixes = append(o.Prefixes, c.Args[i])
		case more && isWord(option, "redirect"):
			i++
			if why := c.redirect(&o, c.Args[i]); why != "" {
				c.Error(why)
				return o, false
			}
		default:
			c.Error(errSyntax)
			return o, false
		}
	}
	return o, true
}

// redirect reads the argument of REDIRECT and returns what is wrong with it.
// The client has to be there, though it may go away later.
func (c *Context) redirect(o *TrackingOptions, arg []byte) string {
	if o.Redirect != 0 {
		return "ERR A client can only redirect to a single other client"
	}
	id, ok := decimal.Parse(arg)
	if !ok {
		return errNotInteger
	}
	if c.Host.ClientByID(id) == nil {
		return "ERR The client ID you want redirect to does not exist"
	}
	o.Redirect = id
	return ""
}

// trackingConflict is the error of options that do not fit together, or do not
// fit to the mode that is on.
func (c *Context) trackingConflict(o *TrackingOptions) string {
	const optModes = TrackingOptIn | TrackingOptOut
	has, modes := c.Client.Flags, o.Modes
	switch {
	case modes&TrackingBCast == 0 && len(o.Prefixes) != 0:
		return "ERR PREFIX option requires BCAST mode to be enabled"
	case has&Tracking != 0 && (has^modes)&TrackingBCast != 0:
		return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, " +
			"and then re-enabling it with a different mode."
	case modes&TrackingBCast != 0 && modes&optModes != 0:
		return "ERR OPTIN and OPTOUT are not compatible with BCAST"
	case modes&optModes == optModes:
		return "ERR You can't specify both OPTIN mode and OPTOUT mode"
	case modes&optModes != 0 && has&optModes != 0 && (has^modes)&optModes != 0:
		return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, " +
			"and then re-enabling it with a different mode."
	case modes&TrackingBCast != 0:
		return prefixConflict(c.Host.TrackingPrefixes(c.Client), o.Prefixes)
	}
	return ""
}

// prefixConflict is the error of prefixes that overlap: one begins with the
// other, so that a client would hear of a key twice. has is the prefixes that
// the client has, in order; the error is of the first new one that overlaps
// any, as in Redis. Clients may have many, so pairs are not tried one by one.
func prefixConflict(has []string, given [][]byte) string {
	first, other := len(given), ""
	for i, p := range given {
		if s, ok := overlapping(has, string(p)); ok {
			first, other = i, "an existing prefix '"+untilZero([]byte(s))+"'"
			break
		}
	}
	if i := firstOverlap(given); i < first {
		for _, p := range given[i+1:] {
			if overlap(string(given[i]), string(p)) {
				first, other = i, "another provided prefix '"+untilZero(p)+"'"
				break
			}
		}
	}
	if other == "" {
		return ""
	}
	return "ERR Prefix '" + untilZero(given[first]) + "' overlaps with " + other +
		". Prefixes for a single client must not overlap."
}

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// overlapping returns the first one of sorted that overlaps p. None of them
// overlaps another, so only the neighbours of p can; but the empty prefix, which
// BCAST without prefixes adds to what is there, overlaps all.
func overlapping(sorted []string, p string) (string, bool) {
	if len(sorted) > 0 && sorted[0] == "" {
		return "", true
	}
	i, _ := slices.BinarySearch(sorted, p)
	if i > 0 && strings.HasPrefix(p, sorted[i-1]) {
		return sorted[i-1], true
	}
	if i < len(sorted) && strings.HasPrefix(sorted[i], p) {
		return sorted[i], true
	}
	return "", false
}

// firstOverlap returns the index of the first prefix that overlaps another one,
// or their number. In their order those that begin with a prefix follow it.
func firstOverlap(given [][]byte) int {
	order := make([]int, len(given))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(string(given[a]), string(given[b])) })
	first := len(given)
	var open []int // each begins with the one before
	for _, i := range order {
		for len(open) > 0 && !strings.HasPrefix(string(given[i]), string(given[open[len(open)-1]])) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			first = min(first, i, open[len(open)-1])
		}
		open = append(open, i)
	}
	return first
}

func cmdClientCaching(c *Context) {
	mode := c.Client.Flags
	switch {
	case mode&Tracking == 0:
		c.Error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
		return
	case isWord(c.Args[2], "yes"):
		if mode&TrackingOptIn == 0 {
			c.Error("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
			return
		}
	case isWord(c.Args[2], "no"):
		if mode&TrackingOptOut == 0 {
			c.Error("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
			return
		}
	default:
		c.Error(errSyntax)
		return
	}
	c.Client.Flags |= TrackingCaching
	c.W.OK()
}

func cmdClientGetRedir(c *Context) { c.W.Int(c.Client.redirection()) }

// redirection is what users see of Redirect: -1 without Tracking.
func (cl *Client) redirection() int64 {
	if cl.Flags&Tracking == 0 {
		return -1
	}
	return cl.Redirect
}

func cmdClientTrackingInfo(c *Context) {
	c.W.Map(3)
	c.W.BulkString("flags")
	words := c.Client.trackingWords()
	c.W.Set(len(words))
	for _, word := range words {
		c.W.BulkString(word)
	}
	c.W.BulkString("redirect")
	c.W.Int(c.Client.redirection())
	c.W.BulkString("prefixes")
	prefixes := c.Host.TrackingPrefixes(c.Client)
	c.W.Array(len(prefixes))
	for _, p := range prefixes {
		c.W.BulkString(p)
	}
}

// trackingWords are the flags that CLIENT TRACKINGINFO shows, in Redis's order.
func (cl *Client) trackingWords() []string {
	const optIn, optOut = TrackingOptIn | TrackingCaching, TrackingOptOut | TrackingCaching
	words := []string{"off"}
	if cl.Flags&Tracking != 0 {
		words[0] = "on"
	}
	for _, f := range [...]struct {
		flags ClientFlags
		word  string
	}{
		{TrackingBCast, "bcast"}, {TrackingOptIn, "optin"}, {optIn, "caching-yes"}, {TrackingOptOut, "optout"},
		{optOut, "caching-no"}, {TrackingNoLoop, "noloop"}, {TrackingBroken, "broken_redirect"},
	} {
		if cl.Flags&f.flags == f.flags {
			words = append(words, f.word)
		}
	}
	return words
}
