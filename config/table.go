package config

// section is a heading of the documentation with its rows.
type section struct {
	title string
	rows  []Directive
}

// sections in the order in which they are documented.
var sections = []section{
	{"General", generalRows},
	{"Network", networkRows},
	{"TLS", tlsRows},
	{"Security", securityRows},
	{"Clients", limitRows},
	{"Overload", overloadRows},
	{"Memory", evictionRows},
	{"Lazy freeing", lazyFreeRows},
	{"Snapshots", snapshotRows},
	{"Append only file", appendOnlyRows},
	{"Replication", replicationRows},
	{"Cluster", clusterRows},
	{"Shutdown", shutdownRows},
	{"Monitoring", monitoringRows},
	{"Encodings", encodingRows},
	{"Kernel", kernelRows},
}

// table is all rows in one piece.
var table = func() []Directive {
	var rows []Directive
	for _, s := range sections {
		rows = append(rows, s.rows...)
	}
	return rows
}()
