package command

import (
	"basalt/internal/glob"
	"basalt/resp"
)

// TopicKind says what a client subscribes to.
type TopicKind uint8

// The kinds of topics.
const (
	Channel      TopicKind = iota
	Pattern                // a glob pattern over channels
	ShardChannel           // a channel that belongs to a slot of a cluster
)

// topicWords are the commands by kind, which confirmations begin with.
var topicWords = [...]struct{ subscribe, unsubscribe string }{
	Channel:      {"subscribe", "unsubscribe"},
	Pattern:      {"psubscribe", "punsubscribe"},
	ShardChannel: {"ssubscribe", "sunsubscribe"},
}

// subscriptions is the count in a confirmation: shard channels count by
// themselves.
func (cl *Client) subscriptions(k TopicKind) int64 {
	if k == ShardChannel {
		return int64(cl.SSub)
	}
	return int64(cl.Sub + cl.PSub)
}

// confirmation begins a confirmation of a change. A client that turned its
// replies off gets it nevertheless, as it gets messages.
func (c *Context) confirmation(word string) *resp.Writer {
	w := c.W
	if c.Client.Flags&(ReplyOff|ReplySkip) != 0 {
		w = c.Host.Aside(c.Client)
	}
	w.Push(3)
	w.BulkString(word)
	return w
}

func (c *Context) subscribe(k TopicKind) {
	// Who expects one reply to a command cannot get a stream of messages. In a
	// transaction it is allowed all the same, as it always was, but for shard
	// channels, which came later.
	if c.NoBlock && (c.Client.Flags&InMulti == 0 || k == ShardChannel) {
		c.Error("ERR " + [...]string{"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"}[k] + " isn't allowed for a DENY BLOCKING client")
		return
	}
	for _, name := range c.Args[1:] {
		c.Host.Subscribe(c.Client, k, name)
		w := c.confirmation(topicWords[k].subscribe)
		w.Bulk(name)
		w.Int(c.Client.subscriptions(k))
	}
}

func (c *Context) unsubscribe(k TopicKind) {
	word := topicWords[k].unsubscribe
	for _, name := range c.Args[1:] {
		c.Host.Unsubscribe(c.Client, k, name)
		w := c.confirmation(word)
		w.Bulk(name)
		w.Int(c.Client.subscriptions(k))
	}
	if len(c.Args) > 1 {
		return
	}
	none := true
	for name, ok := c.Host.UnsubscribeOne(c.Client, k); ok; name, ok = c.Host.UnsubscribeOne(c.Client, k) {
		w := c.confirmation(word)
		w.BulkString(name)
		w.Int(c.Client.subscriptions(k))
		none = false
	}
	if none {
		w := c.confirmation(word)
		w.Null()
		w.Int(c.Client.subscriptions(k))
	}
}

func cmdSubscribe(c *Context)    { c.subscribe(Channel) }
func cmdPSubscribe(c *Context)   { c.subscribe(Pattern) }
func cmdSSubscribe(c *Context)   { c.subscribe(ShardChannel) }
func cmdUnsubscribe(c *Context)  { c.unsubscribe(Channel) }
func cmdPUnsubscribe(c *Context) { c.unsubscribe(Pattern) }
func cmdSUnsubscribe(c *Context) { c.unsubscribe(ShardChannel) }

func cmdPublish(c *Context)  { c.W.Int(int64(c.Host.Publish(Channel, c.Args[1], c.Args[2]))) }
func cmdSPublish(c *Context) { c.W.Int(int64(c.Host.Publish(ShardChannel, c.Args[1], c.Args[2]))) }

// topics replies with the names of the channels that somebody subscribed to, or
// those of them that match a pattern.
func (c *Context) topics(k TopicKind) {
	if len(c.Args) > 3 {
		c.subcommandSyntaxError()
		return
	}
	mark, count := c.W.Deferred(), 0
	c.Host.Topics(k, func(name string) {
		if len(c.Args) < 3 || glob.Match(c.Args[2], []byte(name), false) {
			c.W.BulkString(name)
			count++
		}
	})
	c.W.SetArrayLen(mark, count)
}

// subscribers replies with the number of subscribers of the channels named.
func (c *Context) subscribers(k TopicKind) {
	names := c.Args[2:]
	c.W.Array(2 * len(names))
	for _, name := range names {
		c.W.Bulk(name)
		c.W.Int(int64(c.Host.Subscribers(k, name)))
	}
}

func cmdPubSubChannels(c *Context)      { c.topics(Channel) }
func cmdPubSubShardChannels(c *Context) { c.topics(ShardChannel) }
func cmdPubSubNumSub(c *Context)        { c.subscribers(Channel) }
func cmdPubSubShardNumSub(c *Context)   { c.subscribers(ShardChannel) }
func cmdPubSubNumPat(c *Context)        { c.W.Int(int64(c.Host.TopicCount(Pattern))) }
