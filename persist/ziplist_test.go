package persist

import (
	"encoding/binary"
	"strings"
	"testing"
)

// ziplist builds one of entries that are encoded already, without the size of
// the previous one.
func ziplist(entries ...string) []byte {
	body, previous, last := "", 0, ziplistHeader
	for _, e := range entries {
		last = ziplistHeader + len(body)
		head := string([]byte{byte(previous)})
		if previous >= ziplistLong {
			head = "\xfe" + string(binary.LittleEndian.AppendUint32(nil, uint32(previous)))
		}
		body += head + e
		previous = len(head) + len(e)
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(ziplistHeader+len(body)+1))
	b = binary.LittleEndian.AppendUint32(b, uint32(last))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	return append(append(b, body...), ziplistEnd)
}

func TestZiplist(t *testing.T) {
	long := strings.Repeat("x", 300)
	b := ziplist("\x05hello", "\xfe\x80", "\xc0\x00\x80", "\xf0\xff\xff\xff", "\xd0\x01\x00\x00\x80", "\xe0\x00\x00\x00\x00\x00\x00\x00\x80",
		"\xf1", "\xfd", "\x41\x2c"+long, "\x80\x00\x00\x01\x2c"+long, "\x00")
	want := []string{"hello", "-128", "-32768", "-1", "-2147483647", "-9223372036854775808", "0", "12", long, long, ""}
	var got []string
	if err := eachZiplist(b, func(e []byte) error { got = append(got, string(e)); return nil }); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestZipmap(t *testing.T) {
	long := strings.Repeat("y", 254)
	b := []byte("\x02\x01a\x02\x01bcZ\xfe\xfe\x00\x00\x00" + long + "\x00\x00\xff")
	var got []string
	if err := eachZipmap(b, func(k, v []byte) error { got = append(got, string(k)+"="+string(v)); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a=bc", long + "="}; strings.Join(got, ",") != strings.Join(want, ",") {
		t.Fatalf("%q, want %q", got, want)
	}
}

func FuzzZiplist(f *testing.F) {
	f.Add(ziplist("\x05hello", "\xfe\x80", "\xf1"))
	f.Add([]byte("\x02\x01a\x02\x01bcZ\x01d\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		// Whatever it is, the walk ends and stays inside.
		size := 0
		if eachZiplist(b, func(e []byte) error { size++; return nil }) == nil && size > len(b) {
			t.Fatalf("%d elements in %d bytes", size, len(b))
		}
		size = 0
		if eachZipmap(b, func(k, v []byte) error { size += len(k) + len(v); return nil }) == nil && size > len(b) {
			t.Fatalf("%d bytes in %d", size, len(b))
		}
	})
}
