package server

import "basalt/resp"

// Bytes for a client that answer none of its commands (messages, lines of
// MONITOR, invalidations) have a place among its replies: behind those of the
// commands that ran before, in front of those that run later, never inside one.
// What comes while a batch of the client is being run goes into the batch's
// own replies; what its own command causes follows the reply to that command;
// all else is collected and sent at the end of the round.

// turn makes b the batch whose replies the session's next bytes come behind.
func (x *executor) turn(s *session, b *batch) {
	if s.push != nil {
		x.sendPush(s)
	}
	s.batch = b
}

// pusher returns the writer of what s gets beside its replies. It is good for
// one message.
func (x *executor) pusher(s *session) *resp.Writer {
	switch {
	case x.ctx.Client == &s.Client:
		x.own.SetProto(s.Proto)
		return &x.own
	case s.batch != nil:
		s.batch.out.SetProto(s.Proto)
		return &s.batch.out
	}
	return x.collect(s, true)
}

// pushShared gives s the protocol b, which is memory that pin names, without a
// copy. It reports whether the pin is needed once more: bytes that follow those
// of the message before in the same memory share its pin.
func (x *executor) pushShared(s *session, b []byte, pin uint64) (held bool) {
	switch {
	case x.ctx.Client == &s.Client:
		x.own.Raw(b)
		return false
	case s.batch != nil:
		return s.batch.out.Shared(b, pin)
	}
	return x.collect(s, false).Shared(b, pin)
}

// collect returns the writer of what is sent to s at the end of the round. A
// chunk is for those who need one: of thousands that receive the same message
// nobody does.
func (x *executor) collect(s *session, chunk bool) *resp.Writer {
	if s.push != nil {
		return &s.push.out
	}
	b := pushPool.Get().(*batch)
	b.kind, b.conn = kindPush, s.conn
	if chunk && b.chunk == nil {
		b.chunk = make([]byte, 0, pushChunkSize)
	}
	b.out.Reset(b.chunk)
	b.out.SetProto(s.Proto)
	s.push = b
	x.pushing = append(x.pushing, s)
	return &b.out
}

// sendOwn puts what the command of s caused for s itself behind its reply.
func (x *executor) sendOwn(s *session) {
	if s.suspended == nil {
		x.ctx.W.Take(&x.own)
		return
	}
	// It waits; what it was told meanwhile does not.
	x.collect(s, true).Take(&x.own)
}

// sendPush hands over what was collected for s.
func (x *executor) sendPush(s *session) {
	b := s.push
	s.push = nil
	size := int64(b.out.Size())
	s.netOut += size
	x.counters.netOut += size
	x.deliver(b)
}

// sendPushes hands over what was collected in this round.
func (x *executor) sendPushes() {
	if x.track.prefixes.Pending() {
		x.sendBroadcasts()
	}
	for i, s := range x.pushing {
		x.pushing[i] = nil
		if s.push != nil {
			x.sendPush(s)
		}
	}
	x.pushing = x.pushing[:0]
}
