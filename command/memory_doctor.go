package command

import (
	"fmt"
	"strings"
)

// The bounds beyond which MEMORY DOCTOR has something to say: Redis's, but for
// the slack.
const (
	doctorEmpty = 5 << 20 // bytes of too little data to judge
	// doctorSlack is the bytes that may be wasted whatever the ratio: the arena
	// keeps a slab of each size that was used, 16 MiB if it was all of them, and
	// code and stacks take another 15 MiB.
	doctorSlack  = 32 << 20
	doctorClient = 200 << 10
)

func cmdMemoryDoctor(c *Context) {
	var st Status
	c.Host.Status(&st)
	c.W.Verbatim("txt", memoryReport(&st))
}

// memoryReport is what MEMORY DOCTOR says.
func memoryReport(st *Status) string {
	if st.Memory.Used < doctorEmpty {
		return fmt.Sprintf("There is too little data here for a diagnosis: come back with more than %s.\n", human(doctorEmpty))
	}
	found := memoryIssues(st)
	if len(found) == 0 {
		return "Memory is in good order: no issue found.\n"
	}
	var r strings.Builder
	r.WriteString("Memory has issues:\n\n")
	for _, words := range found {
		r.WriteString("- " + words + "\n")
	}
	return r.String()
}

// memoryIssues returns what is wrong and what to do about it.
func memoryIssues(st *Status) (found []string) {
	m := &st.Memory
	note := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	// exceeds says that all of it is more than a part by so many tenths, and by
	// more than what is always wasted.
	exceeds := func(all, part, tenths int64) bool { return all-part > doctorSlack && all*10 > part*(10+tenths) }
	if m.Peak*10 > m.Used*15 {
		note("Peak: %s were in use once and %s are now. What was freed is kept for new keys and given back to the system a little at a "+
			"time, so that RSS falls later than the data does. MEMORY PURGE gives it back at once.", human(m.Peak), human(m.Used))
	}
	if exceeds(m.RSS, m.Used, 4) {
		note("RSS: the process holds %s for %s in use. The parts of that which stand out follow, if any does; "+
			"behind a peak it is harmless.", human(m.RSS), human(m.Used))
	}
	if exceeds(m.Active, m.Allocated, 1) {
		note("Fragmentation: %s lie free between objects that are in use. New keys of like sizes fill that; where none come, "+
			"'CONFIG SET activedefrag yes' moves what is in use together.", human(m.Active-m.Allocated))
	}
	if exceeds(m.Resident, m.Active, 1) {
		note("Free pages: %s hold nothing and are not given back yet. MEMORY PURGE does that at once.", human(m.Resident-m.Active))
	}
	if exceeds(m.RSS, m.Resident, 1) {
		note("Process: %s of RSS are not the keyspace's but code, stacks, buffers of clients and the Go heap (%s). Fewer connections "+
			"(maxclients, timeout) or a bound on what they take (maxmemory-clients) make it smaller.",
			human(m.RSS-m.Resident), human(m.GoHeap))
	}
	if n := int64(st.Clients.Connected); n > 0 && st.Clients.Memory/n > doctorClient {
		note("Clients: %d connections take %s, for buffers above all. CLIENT LIST shows who does not read its replies (omem), sends long "+
			"requests (qbuf) or queues them (multi-mem); client-output-buffer-limit, client-query-buffer-limit and maxmemory-clients "+
			"bound each.", n, human(st.Clients.Memory))
	}
	return found
}
