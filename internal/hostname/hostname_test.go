package hostname

import "testing"

func TestResolve(t *testing.T) {
	ips, err := Resolve("localhost")
	if err != nil || len(ips) == 0 || !ips[0].IsLoopback() || !ips[0].Is4() {
		t.Error(ips, err)
	}
	if ips, err := Resolve("no such host"); err == nil {
		t.Error(ips)
	}
}

func TestZoneIndex(t *testing.T) {
	if index, err := ZoneIndex(""); index != 0 || err != nil {
		t.Error(index, err)
	}
	if index, err := ZoneIndex("no such interface"); err == nil {
		t.Error(index)
	}
}
