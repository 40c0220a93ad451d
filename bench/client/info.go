package client

import (
	"bytes"
	"fmt"
	"strconv"
)

// Info returns the fields of one section of INFO.
func (c *Conn) Info(section string) (map[string]string, error) {
	reply, err := c.Do("INFO", section)
	if err != nil {
		return nil, err
	}
	return parseInfo(reply.Str), nil
}

// InfoInt returns one number of a section of INFO.
func (c *Conn) InfoInt(section, field string) (int64, error) {
	fields, err := c.Info(section)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(fields[field], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("INFO %s: %s is %q", section, field, fields[field])
	}
	return n, nil
}

// parseInfo splits the lines "field:value"; comments and blanks are left out.
func parseInfo(text []byte) map[string]string {
	fields := map[string]string{}
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && len(name) > 0 && name[0] != '#' {
			fields[string(name)] = string(value)
		}
	}
	return fields
}
