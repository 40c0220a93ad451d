package config

import (
	"strings"
)

// Cluster is the membership in a cluster.
type Cluster struct {
	// ClusterEnabled makes this server a node of a cluster.
	ClusterEnabled bool
	// ClusterConfigFile holds the node's view of the cluster, in Dir.
	ClusterConfigFile string
	// ClusterPort is the port of the bus; 0 is Port + 10000.
	ClusterPort int
	// ClusterNodeTimeout is the milliseconds until a node counts as down.
	ClusterNodeTimeout int64
	// ClusterAnnounceIP and the following override what other nodes see.
	ClusterAnnounceIP            string
	ClusterAnnounceHostname      string
	ClusterAnnounceHumanNodename string
	ClusterAnnouncePort          int
	ClusterAnnounceTLSPort       int
	ClusterAnnounceBusPort       int
	// ClusterPreferredEndpointType is ip, hostname or unknown-endpoint.
	ClusterPreferredEndpointType string
	// ClusterReplicaValidityFactor times the node timeout is the age of data up
	// to which a replica may take over; 0 is any.
	ClusterReplicaValidityFactor int
	// ClusterMigrationBarrier is how many replicas a master keeps.
	ClusterMigrationBarrier int
	// ClusterAllowReplicaMigration lets replicas change their master.
	ClusterAllowReplicaMigration bool
	// ClusterReplicaNoFailover keeps this replica from taking over.
	ClusterReplicaNoFailover bool
	// ClusterRequireFullCoverage stops serving while a slot has no node.
	ClusterRequireFullCoverage bool
	// ClusterAllowReadsWhenDown, ClusterAllowPubSubShardWhenDown serve these even
	// then.
	ClusterAllowReadsWhenDown       bool
	ClusterAllowPubSubShardWhenDown bool
	// ClusterLinkSendbufLimit is the bytes waiting for a node at which its link
	// is cut; 0 is no limit.
	ClusterLinkSendbufLimit uint64
	// ClusterPingInterval is the milliseconds between pings of the bus; 0 leaves
	// them to ClusterNodeTimeout.
	ClusterPingInterval int64
}

const noCluster = "the server is no node of a cluster"

var clusterRows = []Directive{
	{
		Name: "cluster-enabled", Flags: Immutable, Inert: noCluster,
		value: yesNo(func(c *Config) *bool { return &c.ClusterEnabled }, false),
		Doc:   "Be a node of a cluster.",
	},
	{
		Name: "cluster-config-file", Flags: Immutable, Inert: noCluster,
		value: str(func(c *Config) *string { return &c.ClusterConfigFile }, "nodes.conf", nil),
		Doc:   "File in which the node keeps what it knows of the cluster.",
	},
	{
		Name: "cluster-port", Flags: Immutable, Inert: noCluster,
		value: integer(func(c *Config) *int { return &c.ClusterPort }, 0, 0, 65535),
		Doc:   "Port of the cluster bus; 0 is `port` plus 10000.",
	},
	{
		Name: "cluster-node-timeout", Inert: noCluster,
		value: integer(func(c *Config) *int64 { return &c.ClusterNodeTimeout }, 15000, 0, 1<<63-1),
		Doc:   "Milliseconds of silence after which a node counts as down.",
	},
	{
		Name: "cluster-announce-ip", Apply: ApplyCluster, Inert: noCluster,
		value: optional(func(c *Config) *string { return &c.ClusterAnnounceIP }),
		Doc:   "Address that other nodes and clients are to use.",
	},
	{
		Name: "cluster-announce-hostname", Apply: ApplyCluster, Inert: noCluster,
		value: text{func(c *Config) *string { return &c.ClusterAnnounceHostname }, "", true, checkHostname},
		Doc:   "Host name that clients are to use.",
	},
	{
		Name: "cluster-announce-human-nodename", Apply: ApplyCluster, Inert: noCluster,
		value: text{func(c *Config) *string { return &c.ClusterAnnounceHumanNodename }, "", true, checkNodename},
		Doc:   "Name of this node in logs and for people.",
	},
	{
		Name: "cluster-announce-port", Apply: ApplyCluster, Inert: noCluster,
		value: integer(func(c *Config) *int { return &c.ClusterAnnouncePort }, 0, 0, 65535),
		Doc:   "Port that other nodes and clients are to use; 0 is the real one.",
	},
	{
		Name: "cluster-announce-tls-port", Apply: ApplyCluster, Inert: noCluster,
		value: integer(func(c *Config) *int { return &c.ClusterAnnounceTLSPort }, 0, 0, 65535),
		Doc:   "Port for encrypted connections that clients are to use.",
	},
	{
		Name: "cluster-announce-bus-port", Apply: ApplyCluster, Inert: noCluster,
		value: integer(func(c *Config) *int { return &c.ClusterAnnounceBusPort }, 0, 0, 65535),
		Doc:   "Port of the bus that other nodes are to use.",
	},
	{
		Name: "cluster-preferred-endpoint-type", Apply: ApplyCluster, Inert: noCluster,
		value: words(func(c *Config) *string { return &c.ClusterPreferredEndpointType }, "ip", "ip", "hostname", "unknown-endpoint"),
		Doc:   "What redirections name: the address, the host name, or nothing.",
	},
	{
		Name: "cluster-replica-validity-factor", Alias: "cluster-slave-validity-factor", Inert: noCluster,
		value: integer(func(c *Config) *int { return &c.ClusterReplicaValidityFactor }, 10, 0, maxInt),
		Doc:   "Node timeouts without its master after which a replica does not take over; 0 always does.",
	},
	{
		Name: "cluster-migration-barrier", Inert: noCluster,
		value: integer(func(c *Config) *int { return &c.ClusterMigrationBarrier }, 1, 0, maxInt),
		Doc:   "Replicas that a master keeps before one may help out elsewhere.",
	},
	{
		Name: "cluster-allow-replica-migration", Inert: noCluster,
		value: yesNo(func(c *Config) *bool { return &c.ClusterAllowReplicaMigration }, true),
		Doc:   "Let replicas move to masters that have none.",
	},
	{
		Name: "cluster-replica-no-failover", Alias: "cluster-slave-no-failover", Apply: ApplyCluster, Inert: noCluster,
		value: yesNo(func(c *Config) *bool { return &c.ClusterReplicaNoFailover }, false),
		Doc:   "Never take over by itself.",
	},
	{
		Name: "cluster-require-full-coverage", Inert: noCluster,
		value: yesNo(func(c *Config) *bool { return &c.ClusterRequireFullCoverage }, true),
		Doc:   "Serve nothing while any slot has no node.",
	},
	{
		Name: "cluster-allow-reads-when-down", Inert: noCluster,
		value: yesNo(func(c *Config) *bool { return &c.ClusterAllowReadsWhenDown }, false),
		Doc:   "Serve reads even while the cluster is down.",
	},
	{
		Name: "cluster-allow-pubsubshard-when-down", Inert: noCluster,
		value: yesNo(func(c *Config) *bool { return &c.ClusterAllowPubSubShardWhenDown }, true),
		Doc:   "Serve sharded channels even while the cluster is down.",
	},
	{
		Name: "cluster-link-sendbuf-limit", Inert: noCluster,
		value: byteCount64(func(c *Config) *uint64 { return &c.ClusterLinkSendbufLimit }),
		Doc:   "Bytes waiting for a node at which its link is cut; 0 is no limit.",
	},
	{
		Name: "cluster-ping-interval", Flags: Hidden, Inert: noCluster,
		value: integer(func(c *Config) *int64 { return &c.ClusterPingInterval }, 0, 0, 1<<63-1),
		Doc:   "Milliseconds between pings on the bus; 0 derives them from `cluster-node-timeout`.",
	},
}

// maxHostname is one more than the longest host name, counted with its end.
const maxHostname = 256

func checkHostname(s string) error {
	if len(s) >= maxHostname {
		return reason("Hostnames must be less than 256 characters")
	}
	if !isHostname(s) {
		return reason("Hostnames may only contain alphanumeric characters, hyphens or dots")
	}
	return nil
}

// checkNodename refuses what would break the nodes file and CLUSTER NODES.
func checkNodename(s string) error {
	if strings.ContainsAny(s, "\x00!#$%&()*+:;<>?@[]^{|}~") {
		return reason("Announced human node name contained invalid character")
	}
	return nil
}

func isHostname(s string) bool {
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
