package netpoll

import (
	"slices"
	"testing"
)

func TestParseCPUList(t *testing.T) {
	for _, c := range []struct {
		list string
		want []int
	}{
		{"", nil},
		{"0", []int{0}},
		{"0,2-3", []int{0, 2, 3}},
		{"0-10:2", []int{0, 2, 4, 6, 8, 10}},
		{"3,1,1-3", []int{1, 2, 3}},
		{"1-4:3,1023", []int{1, 4, 1023}},
		{"5-5", []int{5}},
		{"0-3:100", []int{0}},
	} {
		got, err := ParseCPUList(c.list)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q gives %v, %v; want %v", c.list, got, err, c.want)
		}
	}
	for _, list := range []string{"x", "1,", ",1", "1-", "-1", "3-1", "1-3:0", "1-3:", "1:2", "1024", "0-2000",
		"1-2-3", "1-3:1:1", "99999999999", "1 ,2", "+1"} {
		if got, err := ParseCPUList(list); err == nil {
			t.Errorf("%q gives %v", list, got)
		}
	}
}
