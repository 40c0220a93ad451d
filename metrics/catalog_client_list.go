package metrics

import (
	"net"
	"strconv"
	"strings"
	"unicode/utf8"
)

const clientListIntro = "Only with `metrics-client-labels`, which says of how many clients there are series: those that have been " +
	"connected longest. They stand for redis_exporter's `export-client-list`. Names that are not text are quoted, and cut after 128 bytes."

var clientListMetrics = []metric{
	{
		name: "redis_connected_client_info", kind: gauge,
		labels: []string{"id", "name", "flags", "db", "host", "port", "user", "resp"},
		help:   "1, with what the client is as labels.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Listed {
				c := &v.Listed[i]
				host, port := hostPort(c.Addr)
				add(1, strconv.FormatInt(c.ID, 10), label(c.Name), c.Flags, strconv.Itoa(c.DB), text(host), port, label(c.User),
					strconv.Itoa(c.Proto))
			}
		},
	},
	perClient("created_at_timestamp", "Unix time at which it connected.", func(c *Client) int64 { return c.CreatedMs / 1000 }),
	perClient("idle_since_timestamp", "Unix time of its last command.", func(c *Client) int64 { return c.ActiveMs / 1000 }),
	perClient("channel_subscriptions_count", "Channels that it subscribed to.", func(c *Client) int64 { return int64(c.Channels) }),
	perClient("pattern_matching_subscriptions_count", "Patterns that it subscribed to.", func(c *Client) int64 { return int64(c.Patterns) }),
	perClient("shard_channel_subscriptions_count", "Shard channels that it subscribed to.", func(c *Client) int64 { return int64(c.Shards) }),
	perClient("shard_channel_watched_keys", "Keys that it watches; the name is redis_exporter's.", func(c *Client) int64 { return int64(c.Watched) }),
	perClient("query_buffer_length_bytes", "Bytes that came and are not executed.", func(c *Client) int64 { return int64(c.QueryBuf) }),
	perClient("query_buffer_free_space_bytes", "Room behind them.", func(c *Client) int64 { return int64(c.QueryBufFree) }),
	perClient("output_buffer_length_bytes", "Bytes of the reply that is being made.", func(c *Client) int64 { return int64(c.OutBuf) }),
	perClient("output_buffer_memory_usage_bytes", "Bytes of replies that wait for the client to read.", func(c *Client) int64 { return int64(c.OutMem) }),
	perClient("output_list_length", "In how many parts they are.", func(c *Client) int64 { return int64(c.OutList) }),
	perClient("total_memory_consumed_bytes", "All memory that the connection takes.", func(c *Client) int64 { return int64(c.Total) }),
}

// perClient is a row of a figure that every listed client has.
func perClient(name, help string, value func(c *Client) int64) metric {
	return metric{
		name: "redis_connected_client_" + name, kind: gauge, labels: []string{"id", "name"}, help: help,
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Listed {
				c := &v.Listed[i]
				add(float64(value(c)), strconv.FormatInt(c.ID, 10), label(c.Name))
			}
		},
	}
}

// label is text that is not too long for a label. It is cut between characters:
// the rest of one would be no text any more.
func label(s string) string {
	if len(s) <= labelMax {
		return text(s)
	}
	end := labelMax
	for end > labelMax-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return text(s[:end])
}

// hostPort splits the address of a client; that of a socket in the file system
// is its path and port 0.
func hostPort(addr string) (host, port string) {
	if host, port, err := net.SplitHostPort(addr); err == nil {
		return host, port
	}
	if i := strings.LastIndexByte(addr, ':'); i >= 0 {
		return addr[:i], addr[i+1:]
	}
	return addr, ""
}
