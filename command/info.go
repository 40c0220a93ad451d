package command

import (
	"fmt"
	"strings"
)

// info collects the text of INFO. Fields come in the order and with the names
// of Redis 7.2; those that only Basalt has stand at the end of their section.
type info struct {
	*strings.Builder
	c  *Context
	st Status
}

func (i *info) line(name string, value any) { fmt.Fprintf(i, "%s:%v\r\n", name, value) }

// lines writes pairs of name and value.
func (i *info) lines(pairs ...any) {
	for k := 0; k+1 < len(pairs); k += 2 {
		fmt.Fprintf(i, "%s:%v\r\n", pairs[k], pairs[k+1])
	}
}

// section is one part of INFO. Those that are not standard are shown only when
// they are asked for: by name, or with "all" or "everything".
type section struct {
	name, title string
	standard    bool
	write       func(*info)
}

var sections = []section{
	{"server", "Server", true, infoServer},
	{"clients", "Clients", true, infoClients},
	{"memory", "Memory", true, infoMemory},
	{"persistence", "Persistence", true, infoPersistence},
	{"stats", "Stats", true, infoStats},
	{"replication", "Replication", true, infoReplication},
	{"cpu", "CPU", true, infoCPU},
	{"modules", "Modules", true, func(*info) {}},
	{"commandstats", "Commandstats", false, infoCommandStats},
	{"errorstats", "Errorstats", true, infoErrorStats},
	{"latencystats", "Latencystats", false, infoLatencyStats},
	{"cluster", "Cluster", true, infoCluster},
	{"keyspace", "Keyspace", true, infoKeyspace},
	{"rehash", "Rehash", true, infoRehash},
}

// cmdInfo ignores names that it does not know.
func cmdInfo(c *Context) {
	wanted := map[string]bool{"default": len(c.Args) == 1}
	for _, arg := range c.Args[1:] {
		wanted[strings.ToLower(string(arg))] = true
	}
	all := wanted["all"] || wanted["everything"]
	i := &info{Builder: &strings.Builder{}, c: c}
	c.Host.Status(&i.st)
	for _, s := range sections {
		if !all && !wanted[s.name] && !(wanted["default"] && s.standard) {
			continue
		}
		if i.Len() > 0 {
			i.WriteString("\r\n")
		}
		i.WriteString("# " + s.title + "\r\n")
		s.write(i)
	}
	c.W.Verbatim("txt", i.String())
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
