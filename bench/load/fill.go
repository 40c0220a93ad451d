package load

import (
	"fmt"
	"strconv"

	"basalt/bench/client"
)

// A fill sends batches of fillBatch commands and lets fillWindow be unanswered,
// so that the server has the next batch before it has answered the last. The
// replies of a window fit the buffers of any socket, or both sides would wait
// for each other to read.
const (
	fillBatch  = 500
	fillWindow = 2 * fillBatch
)

// Fill sends count commands over one connection as fast as they are answered.
// queue adds the i-th to the connection, exactly one. The first error reply
// ends it.
func Fill(address string, count int, queue func(c *client.Conn, i int)) error {
	c, err := client.Dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	for i := range count {
		queue(c, i)
		if (i+1)%fillBatch != 0 {
			continue
		}
		if err := c.Flush(); err != nil {
			return err
		}
		if err := drain(c, fillWindow-fillBatch); err != nil {
			return err
		}
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return drain(c, 0)
}

// drain reads replies until no more than left are due.
func drain(c *client.Conn, left int) error {
	for c.Pending() > left {
		reply, err := c.Receive()
		if err != nil {
			return err
		}
		if reply.IsError() {
			return fmt.Errorf("load: a fill was answered with %q", reply.Str)
		}
	}
	return nil
}

// Strings returns a queue function for Fill: SET of the i-th key, with a
// deadline when ttlSeconds is not 0.
func Strings(valueSize, ttlSeconds int) func(c *client.Conn, i int) {
	value, key := makeValue(valueSize), []byte(nil)
	ttl := strconv.AppendInt(nil, int64(ttlSeconds), 10)
	return func(c *client.Conn, i int) {
		key = AppendKey(key[:0], uint64(i))
		if ttlSeconds == 0 {
			c.Queue(wordSet, key, value)
			return
		}
		c.Queue(wordSet, key, value, wordEX, ttl)
	}
}

// numberDigits is the width of a key's number, as redis-benchmark has it.
const numberDigits = 12

// AppendKey appends the n-th key, 16 bytes that are the same as those of
// redis-benchmark's GET and SET.
func AppendKey(dst []byte, n uint64) []byte { return appendNumbered(dst, "key:", n) }

func appendNumbered(dst []byte, prefix string, n uint64) []byte {
	return AppendNumber(append(dst, prefix...), n, numberDigits)
}

// AppendNumber appends the last digits, up to 20, of n, padded with zeros.
func AppendNumber(dst []byte, n uint64, digits int) []byte {
	var text [20]byte
	for i := len(text) - 1; i >= len(text)-digits; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, text[len(text)-digits:]...)
}

// makeValue returns a value that is neither a number nor all one byte.
func makeValue(size int) []byte {
	value := make([]byte, size)
	for i := range value {
		value[i] = byte('a' + i%26)
	}
	return value
}
