package load

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"basalt/bench/client"
	"basalt/resp"
)

// PublishOptions describe messages and those who receive them.
type PublishOptions struct {
	Address  string
	Channels int // channels that are published to in turn
	// Each channel has so many subscribers, a connection each.
	Subscribers int
	// Patterns are registered besides, by a connection of its own; none matches.
	// With Match the subscribers have patterns that match their channels rather
	// than the channels.
	Patterns int
	Match    bool
	Conns    int // publishers
	Pipeline int // messages in flight on each
	Messages int // of all publishers together
	Size     int // bytes of a message
}

// audiencePatience bounds the wait for the last message.
const audiencePatience = time.Minute

// channelName is as long for one channel as for another, so that receivers can
// count messages by their bytes.
func channelName(n int) []byte { return fmt.Appendf(nil, "channel:%06d:news", n) }

func patternName(n int) []byte { return fmt.Appendf(nil, "channel:%06d:*", n) }

// Audience is open connections that have subscribed.
type Audience struct {
	o     PublishOptions
	conns []net.Conn
	frame int          // bytes of a message as a receiver gets it
	idle  *client.Conn // has the patterns; nil for none
}

// Subscribe opens the connections of those who receive, and registers what they
// and the patterns ask for.
func Subscribe(o PublishOptions) (a *Audience, err error) {
	a = &Audience{o: o}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if o.Patterns > 0 {
		if err := a.registerPatterns(); err != nil {
			return nil, err
		}
	}
	word, frame := "SUBSCRIBE", 3
	if o.Match {
		word, frame = "PSUBSCRIBE", 4
	}
	text := make([]byte, o.Size)
	var scratch []byte
	scratch = resp.AppendArray(scratch, frame)
	if o.Match {
		scratch = resp.AppendBulk(resp.AppendBulkString(scratch, "pmessage"), patternName(0))
	} else {
		scratch = resp.AppendBulkString(scratch, "message")
	}
	a.frame = len(resp.AppendBulk(resp.AppendBulk(scratch, channelName(0)), text))
	for i := range o.Channels {
		name := channelName(i)
		if o.Match {
			name = patternName(i)
		}
		for range o.Subscribers {
			conn, err := net.DialTimeout("tcp", o.Address, audiencePatience)
			if err != nil {
				return nil, err
			}
			a.conns = append(a.conns, conn)
			if _, err := conn.Write(resp.AppendCommand(nil, []byte(word), name)); err != nil {
				return nil, err
			}
			reply := make([]byte, 256)
			if _, err := conn.Read(reply); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// registerPatterns subscribes to patterns of three shapes that match nothing
// that is published.
func (a *Audience) registerPatterns() error {
	conn, err := client.Dial(a.o.Address)
	if err != nil {
		return err
	}
	a.idle = conn
	shapes := [...]string{"user:%d:*", "*:%d", "a%d*b"}
	for i := range a.o.Patterns {
		conn.Queue([]byte("PSUBSCRIBE"), fmt.Appendf(nil, shapes[i%len(shapes)], i))
	}
	if err := conn.Flush(); err != nil {
		return err
	}
	for range a.o.Patterns {
		if _, err := conn.Receive(); err != nil {
			return err
		}
	}
	return nil
}

// Close closes all connections of the audience.
func (a *Audience) Close() {
	for _, conn := range a.conns {
		conn.Close()
	}
	if a.idle != nil {
		a.idle.Close()
	}
}

// Publish sends the messages, and returns when every receiver has what is its
// due. Requests counts deliveries.
func (a *Audience) Publish() (Result, error) {
	o := a.o
	sent := make([]int, o.Channels)
	for i := range o.Messages {
		sent[i%o.Channels]++
	}
	var receivers, publishers sync.WaitGroup
	failures := make([]error, len(a.conns)+o.Conns)
	begin := time.Now()
	for i, conn := range a.conns {
		receivers.Go(func() { failures[i] = receive(conn, sent[i/o.Subscribers]*a.frame) })
	}
	for i := range o.Conns {
		publishers.Go(func() { failures[len(a.conns)+i] = a.publisher(i) })
	}
	publishers.Wait()
	receivers.Wait()
	r := Result{Requests: o.Messages * o.Subscribers, Elapsed: time.Since(begin)}
	return r, errors.Join(failures...)
}

// receive reads so many bytes.
func receive(conn net.Conn, bytes int) error {
	if err := conn.SetReadDeadline(time.Now().Add(audiencePatience)); err != nil {
		return err
	}
	buf := make([]byte, 16<<10)
	for bytes > 0 {
		n, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("%d bytes are missing: %w", bytes, err)
		}
		bytes -= n
	}
	if bytes < 0 {
		return errors.New("more messages came than were sent: " + strconv.Itoa(-bytes) + " bytes")
	}
	return nil
}

// publisher is a connection that sends every Conns-th message.
func (a *Audience) publisher(index int) error {
	o := a.o
	conn, err := client.Dial(o.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	word, text := []byte("PUBLISH"), makeValue(o.Size)
	names := make([][]byte, o.Channels)
	for i := range names {
		names[i] = channelName(i)
	}
	for next := index; next < o.Messages; {
		for ; next < o.Messages && conn.Pending() < o.Pipeline; next += o.Conns {
			conn.Queue(word, names[next%o.Channels], text)
		}
		if err := conn.Flush(); err != nil {
			return err
		}
		for conn.Pending() > 0 {
			reply, err := conn.Receive()
			if err != nil {
				return err
			}
			if reply.IsError() || reply.Int() != int64(o.Subscribers) {
				return fmt.Errorf("a message was sent to %d, and not to %d", reply.Int(), o.Subscribers)
			}
		}
	}
	return nil
}
