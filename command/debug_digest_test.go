package command

import (
	"encoding/hex"
	"math"
	"testing"

	"basalt/db"
)

// TestDigestOfZSet fixes what redis-server shows of
// ZADD z 1 a 2.5 b -inf c 1e300 d 3.1 e inf f 0.1 g.
func TestDigestOfZSet(t *testing.T) {
	n := newNode(t, 2)
	d, key := n.keys.DB(0), []byte("z")
	e := d.ZCreate(key, db.Hash(key), 7, 1)
	for i, score := range []float64{1, 2.5, math.Inf(-1), 1e300, 3.1, math.Inf(1), 0.1} {
		d.ZAdd(e, score, []byte{'a' + byte(i)}, 0)
	}
	var one digest
	one.addValue(d, e)
	if got := hex.EncodeToString(one[:]); got != "c838f6cfdc63326e2e9f40b40d75abf7c1a0208f" {
		t.Error(got)
	}
}
