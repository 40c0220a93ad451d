// Package seeds says where random tests start.
package seeds

import (
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Variable is the environment variable that chooses: a number repeats one
// history, "random" takes a fresh one every time.
const Variable = "BASALT_TEST_SEED"

// Of returns the seed of a test and logs it. Unless Variable says otherwise it
// follows from the test's name, so that a run repeats the one before: a change
// is judged by what it changes. make soak looks for what nobody met yet.
func Of(t testing.TB) uint64 {
	t.Helper()
	start := uint64(0)
	switch text := os.Getenv(Variable); text {
	case "":
		h := fnv.New64a()
		h.Write([]byte(t.Name()))
		start = h.Sum64()
	case "random":
		start = rand.Uint64()
	default:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s=%s is no number", Variable, text)
		}
		start = n
	}
	t.Logf("to repeat: %s=%d go test -run '^%s$'", Variable, start, t.Name())
	return start
}
