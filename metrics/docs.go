package metrics

import (
	"fmt"
	"io"
	"strings"
)

const docsIntro = `# Metrics

Basalt serves metrics for Prometheus over HTTP at ` + "`/metrics`" + `, on a listener of its own: ` +
	"`metrics-bind`" + ` and ` + "`metrics-port`" + `,
127.0.0.1:9121 unless configured, none with ` + "`metrics-port 0`" + `. A port that is in use stops the start if it (or the
address) was configured; the default one only costs a warning, so that a second node starts beside the first.

` + "`/healthz`" + ` is for whoever ends a process that hangs (liveness): it answers 200 while the loop that executes commands turns or is at work.
A command on a large collection and ` + "`SAVE`" + `, for which all others wait, are work: the thread uses CPU time, or the file grows. 503 says that
it has done nothing for 30 seconds, or has been busy with one thing for ten minutes without an end in sight. Without this port ` + "`basalt ping`" + ` tells whether the server
answers, and ` + "`basalt ping --ready`" + ` whether with a PONG; neither gets an answer while one command holds up all others.
` + "`/readyz`" + ` answers 200 while the node should be sent clients, else 503 with a line for each reason: ` + "`loading`" + ` the data set,
` + "`memory`" + ` full with nothing to evict, ` + "`disk`" + ` for which writes are refused or wait, ` + "`persistence`" + ` of which the last snapshot,
rewrite or write failed, ` + "`draining`" + ` and saving before the server ends, ` + "`stuck`" + ` as ` + "`/healthz`" + ` says.
` + "`/`" + ` is a page for people: throughput, latency, memory, pauses, commands, the logs of slow and large ones, keys and prefixes, clients, rehash and saving as they are
now, drawn by the browser once a second from ` + "`/live.json`" + `. It keeps the last 15 minutes while it is open and asks nobody else
for anything. It names commands and counts, never the arguments of a command. Over the loopback interface it answers to
addresses and ` + "`localhost`" + ` only, so that no page from elsewhere can read it through somebody's browser; whoever makes
` + "`metrics-bind`" + ` another address decides who reaches it.

Names and labels are those of redis_exporter where it has the metric, so that its dashboards and alerts work; what it
does not have begins with ` + "`basalt_`" + `. ` + "`go_*` and `process_*`" + ` are the metrics of the Go runtime and of the process that the
Prometheus client library collects.

A scrape asks the executor for a new copy of its figures, at most every 100 ms however many scrape, and otherwise never touches
what the executor owns. Copying takes it some microseconds; more than 1 ms would show as a pause with the cause ` + "`metrics`" + `. Counters that INFO has too start again at ` + "`CONFIG RESETSTAT`" + `, as there.
`

// WriteDocs writes the page that lists every metric of the catalog, in
// Markdown.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docsIntro)
	for _, g := range catalog() {
		fmt.Fprintf(&b, "\n## %s\n\n", g.title)
		if g.intro != "" {
			b.WriteString(g.intro + "\n\n")
		}
		b.WriteString("| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n")
		for _, m := range g.metrics {
			labels := ""
			if len(m.labels) > 0 {
				labels = "`" + strings.Join(m.labels, "` `") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, labels, m.help)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
