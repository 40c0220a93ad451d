package server

import (
	"strconv"

	"basalt/command"
	"basalt/config"
	"basalt/db"
	"basalt/pubsub"
)

// eventClasses are the classes of events by what the directive selects them
// with.
var eventClasses = [...]struct {
	letter config.NotifyFlags
	class  command.EventClass
}{
	{config.NotifyGeneric, command.EventGeneric}, {config.NotifyString, command.EventString},
	{config.NotifyList, command.EventList}, {config.NotifySet, command.EventSet},
	{config.NotifyHash, command.EventHash}, {config.NotifyZset, command.EventZSet},
	{config.NotifyExpired, command.EventExpired}, {config.NotifyEvicted, command.EventEvicted},
	{config.NotifyStream, command.EventStream}, {config.NotifyKeyMiss, command.EventMiss},
	{config.NotifyNew, command.EventNew},
}

// applyNotify takes over notify-keyspace-events. Where no message can come of
// it, commands do not even tell.
func (x *executor) applyNotify() {
	flags, p := x.server.config.NotifyKeyspaceEvents, &x.publisher
	p.byKey, p.byEvent = flags&config.NotifyKeyspace != 0, flags&config.NotifyKeyevent != 0
	p.events = 0
	for _, e := range eventClasses {
		if flags&e.letter != 0 {
			p.events |= e.class
		}
	}
	x.ctx.OnEvent, x.keys.OnMiss, x.keys.OnNew = nil, nil, nil
	if p.events == 0 || !p.byKey && !p.byEvent {
		return
	}
	x.ctx.OnEvent = x.notify
	if p.events&command.EventMiss != 0 {
		x.keys.OnMiss = func(d *db.DB, key []byte) { x.notify(command.EventMiss, "keymiss", d, key) }
	}
	if p.events&command.EventNew != 0 {
		x.keys.OnNew = func(d *db.DB, key []byte) { x.notify(command.EventNew, "new", d, key) }
	}
}

// notify publishes an event of a key: on the channel of the key the event, then
// on that of the event the key.
func (x *executor) notify(class command.EventClass, event string, d *db.DB, key []byte) {
	p := &x.publisher
	if x.persist.loading != nil {
		return // what is read from files is no news
	}
	if p.events&class == 0 || p.topics.Len(pubsub.Channels)+p.topics.Len(pubsub.Patterns) == 0 {
		return
	}
	p.text = append(p.text[:0], event...)
	if p.byKey {
		name := appendEventChannel(p.scratch[:0], "keyspace", d.Index(), key)
		p.scratch = name
		x.broadcast(pubsub.Channels, name, p.text)
	}
	if p.byEvent {
		name := appendEventChannel(p.scratch[:0], "keyevent", d.Index(), p.text)
		p.scratch = name
		x.broadcast(pubsub.Channels, name, key)
	}
	if cap(p.scratch) > scratchMax {
		p.scratch = nil
	}
}

// scratchMax is how long a name of a channel may be, in bytes, whose memory is
// kept for the next one.
const scratchMax = 64 << 10

// appendEventChannel appends the name of the channel of a key or an event.
func appendEventChannel(dst []byte, kind string, number int, of []byte) []byte {
	dst = append(append(append(dst, "__"...), kind...), '@')
	dst = append(strconv.AppendInt(dst, int64(number), 10), "__:"...)
	return append(dst, of...)
}
