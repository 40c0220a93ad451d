package db

// Sink takes a snapshot: the keyspace as it was at one moment, told while it
// changes. What is about to change is told before it does.
//
// Key infos, views and visitors are good during the call alone, or, for a
// visitor, until the next call of the sink. A sink must not change the keyspace.
type Sink interface {
	// Ready reports whether the walk may tell more without waiting. What has to be
	// told before a change is never refused: the sink waits by itself.
	Ready() bool
	// Key takes a whole key: the calls of one value follow on the visitor.
	Key(k KeyInfo) ValueVisitor
	// Open begins a large key, which is known as id, a number above 0 that no
	// other open key has, until Close. The call that begins its value (List, Set,
	// Hash, ZSet, Stream, with the numbers at the moment of the snapshot) follows
	// on the visitor, its elements in parts; other keys may come between.
	Open(id int, k KeyInfo) ValueVisitor
	// Part is followed by elements of the key that was opened as id. In early
	// parts they come out of turn, because they are about to change: nodes of
	// lists and packs of streams that are behind what the walk has reached.
	// All other parts have them in order.
	Part(id int, early bool) ValueVisitor
	// Close says that all elements which Open announced have been told.
	Close(id int)
	// End says that the snapshot is complete.
	End()
}

// SnapshotProgress is how far a snapshot is: Total is the keys that there were
// when it began, Keys those of them that were told or, being expired, left out.
type SnapshotProgress struct{ Keys, Total int64 }
