package command

import "basalt/db"

// EventClass is a class of keyspace events, as notify-keyspace-events selects
// them by letters.
type EventClass uint16

// The classes, with their letters.
const (
	EventGeneric EventClass = 1 << iota // g
	EventString                         // $
	EventList                           // l
	EventSet                            // s
	EventHash                           // h
	EventZSet                           // z
	EventExpired                        // x
	EventEvicted                        // e
	EventStream                         // t
	EventMiss                           // m
	EventNew                            // n
)

// Changed records that a command changed count things (elements, fields) of
// key in d, and that this is the event of that name: the dirty counter, clients
// that wait for or watch the key, and listeners to events hear of it. A command
// calls it after the change, in the order in which Redis sends the events.
func (c *Context) Changed(class EventClass, event string, d *db.DB, key []byte, count int) {
	c.Keys.Dirty += int64(count)
	if c.Watching != 0 {
		c.Host.KeyModified(d, key)
	}
	c.Event(class, event, d, key)
}

// Event tells listeners of an event that changes nothing by itself, such as
// the "del" of a list whose last element was popped.
func (c *Context) Event(class EventClass, event string, d *db.DB, key []byte) {
	if c.OnEvent != nil {
		c.OnEvent(class, event, d, key)
	}
}
