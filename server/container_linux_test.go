package server

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestControlGroups(t *testing.T) {
	const none = math.MaxInt64
	for _, test := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing", nil, none},
		{"second version", map[string]string{
			"proc/self/cgroup":                     "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":         "max\n",
			"sys/fs/cgroup/a/memory.max":           "1073741824\n",
			"sys/fs/cgroup/memory.max":             "max\n",
			"sys/fs/cgroup/other/memory.max":       "5\n",
			"sys/fs/cgroup/memory/a/b/memory.stat": "",
		}, 1 << 30},
		{"the least counts", map[string]string{
			"proc/self/cgroup":             "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "100000\n",
			"sys/fs/cgroup/a/memory.max":   "1073741824\n",
		}, 100000},
		{"inside a container", map[string]string{
			"proc/self/cgroup":         "0::/../outside/host.slice\n",
			"sys/fs/cgroup/memory.max": "200000\n",
		}, 200000},
		{"first version", map[string]string{
			"proc/self/cgroup": "12:cpu,cpuacct:/x\n5:memory:/docker/abc\n1:name=systemd:/x\n",
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "300000\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":            "9223372036854771712\n",
		}, 300000},
		{"first version in a namespace of its own", map[string]string{
			"proc/self/cgroup":                           "3:memory,hugetlb:/\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "310000\n",
		}, 310000},
		{"first version, the group above", map[string]string{
			"proc/self/cgroup": "3:hugetlb,memory:/pods/a:b\n",
			"sys/fs/cgroup/memory/pods/a:b/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/pods/memory.limit_in_bytes":     "320000\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":          "9223372036854771712\n",
		}, 320000},
		{"another controller with a like name", map[string]string{
			"proc/self/cgroup":                           "3:memory2:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "5\n",
		}, none},
		{"both versions", map[string]string{
			"proc/self/cgroup":                           "5:memory:/d\n0::/d\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "400000\n",
			"sys/fs/cgroup/d/memory.max":                 "max\n",
		}, 400000},
		{"nonsense", map[string]string{
			"proc/self/cgroup":         "\n:\n0:\n0::\nx",
			"sys/fs/cgroup/memory.max": "lots\n",
		}, none},
	} {
		root := t.TempDir()
		for name, text := range test.files {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := cgroupBytes(root); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
