package command

import "fmt"

func infoKeyspace(i *info) {
	for n := range i.c.Keys.Count() {
		d := i.c.Keys.DB(n)
		if d.Len() > 0 {
			fmt.Fprintf(i, "db%d:keys=%d,expires=%d,avg_ttl=%d\r\n", n, d.Len(), d.Volatile(), d.AverageTTL())
		}
	}
}

// infoRehash shows how far each database's table is: buckets below the split
// pointer are divided already, those behind it wait for their turn.
func infoRehash(i *info) {
	for n := range i.c.Keys.Count() {
		if i.c.Keys.DB(n).Len() == 0 {
			continue
		}
		s := i.c.Keys.Stats(n)
		fmt.Fprintf(i, "db%d_rehash:active=%d,level=%d,split=%d,steps=%d,buckets=%d,overflow=%d,bytes=%d\r\n",
			n, b2i(s.Rehashing), s.Level, s.Split, s.Steps, s.Buckets, s.Overflow, s.Bytes)
	}
}
