package command

// The arguments that searches have in common.
const (
	geoUnits    = "unit<M:m|KM:km|FT:ft|MI:mi>"
	geoOrder    = "[order<ASC:asc|DESC:desc>]"
	geoWith     = "[WITHCOORD:withcoord] [WITHDIST:withdist] [WITHHASH:withhash]"
	geoCounts   = "[count-block{COUNT count:integer [ANY:any]}]"
	geoCounts62 = "[count-block{COUNT count:integer [ANY:any]@6.2.0}]"
	geoShape    = "from<FROMMEMBER member:string|FROMLONLAT fromlonlat{longitude:double latitude:double}> " +
		"by<circle{BYRADIUS radius:double " + geoUnits + "}|box{BYBOX width:double height:double " + geoUnits + "}>"
	geoStores = "[store<STORE storekey:key(key)#1|STOREDIST storedistkey:key(key)#2>]"
)

const geoSearchCost = "O(N+log(M)) where N is the number of members in the cells around the area and M that of all."

var geoAnyIsNew = Change{"6.2.0", "`COUNT` can have `ANY`."}

var geoUnitsInCapitals = []Change{{"7.0.0", "Units may be in capitals."}}

// geoStoreKeys are the key specs of GEORADIUS, whose options begin at from, and
// its kind.
func geoStoreKeys(from int) []KeySpec {
	target := func(keyword string) KeySpec {
		return KeySpec{Flags: OW | Update, Begin: BeginKeyword, Index: from, Keyword: keyword, Find: FindRange, Step: 1}
	}
	return []KeySpec{keyAt(1, RO|Access), target("STORE"), target("STOREDIST")}
}

var geoRows = []Row{
	{
		Name: "geoadd", Arity: -5, Flags: Write | DenyOOM, ACL: ACLGeo,
		Keys:  []KeySpec{keyAt(1, RW|Update)},
		Group: GroupGeo, Since: "3.2.0", Complexity: "O(log(N)) for each place, where N is the number of members.",
		Summary: "Adds places to a geospatial index, which is a sorted set.",
		Syntax: "key:key [condition<NX:nx|XX:xx>]@6.2.0 [CH:change]@6.2.0 " +
			"data{longitude:double latitude:double member:string}...",
		History: []Change{{"6.2.0", "`CH`, `NX` and `XX` are new."}},
		Handler: cmdGeoAdd,
	},
	{
		Name: "geodist", Arity: -4, Flags: ReadOnly, ACL: ACLGeo,
		Keys:  readsKey,
		Group: GroupGeo, Since: "3.2.0", Complexity: "O(1)",
		Summary: "Returns the distance between two members of a geospatial index.",
		Syntax:  "key:key member1:string member2:string [" + geoUnits + "]",
		Handler: cmdGeoDist,
	},
	{
		Name: "geohash", Arity: -2, Flags: ReadOnly, ACL: ACLGeo,
		Keys:  readsKey,
		Group: GroupGeo, Since: "3.2.0", Complexity: "O(1) for each member asked for.",
		Summary: "Returns the geohash strings of members of a geospatial index.",
		Syntax:  "key:key [member:string...]",
		Handler: cmdGeoHash,
	},
	{
		Name: "geopos", Arity: -2, Flags: ReadOnly, ACL: ACLGeo,
		Keys:  readsKey,
		Group: GroupGeo, Since: "3.2.0", Complexity: "O(1) for each member asked for.",
		Summary: "Returns longitude and latitude of members of a geospatial index.",
		Syntax:  "key:key [member:string...]",
		Handler: cmdGeoPos,
	},
	{
		Name: "georadius", Arity: -6, Flags: Write | DenyOOM, ACL: ACLGeo,
		Keys:  geoStoreKeys(6),
		Group: GroupGeo, Since: "3.2.0", Complexity: geoSearchCost,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
		Summary: "Finds the members of a geospatial index within a distance of a place, and returns or stores them.",
		Syntax: "key:key longitude:double latitude:double radius:double " + geoUnits + " " + geoWith + " " +
			geoCounts62 + " " + geoOrder + " " + geoStores,
		History: append([]Change{geoAnyIsNew}, geoUnitsInCapitals...),
		Handler: cmdGeoRadius,
	},
	{
		Name: "georadius_ro", Arity: -6, Flags: ReadOnly, ACL: ACLGeo,
		Keys:  readsKey,
		Group: GroupGeo, Since: "3.2.10", Complexity: geoSearchCost,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
		Summary: "Finds the members of a geospatial index within a distance of a place.",
		Syntax: "key:key longitude:double latitude:double radius:double " + geoUnits + " " + geoWith + " " +
			geoCounts62 + " " + geoOrder,
		History: []Change{geoAnyIsNew},
		Handler: cmdGeoRadiusRO,
	},
	{
		Name: "georadiusbymember", Arity: -5, Flags: Write | DenyOOM, ACL: ACLGeo,
		Keys:  geoStoreKeys(5),
		Group: GroupGeo, Since: "3.2.0", Complexity: geoSearchCost,
		Deprecated: "6.2.0",
		ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
		Summary:    "Finds the members of a geospatial index within a distance of one of them, and returns or stores them.",
		Syntax: "key:key member:string radius:double " + geoUnits + " " + geoWith + " " + geoCounts + " " + geoOrder + " " +
			geoStores,
		History: geoUnitsInCapitals,
		Handler: cmdGeoRadiusMember,
	},
	{
		Name: "georadiusbymember_ro", Arity: -5, Flags: ReadOnly, ACL: ACLGeo,
		Keys:  readsKey,
		Group: GroupGeo, Since: "3.2.10", Complexity: geoSearchCost,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
		Summary: "Finds the members of a geospatial index within a distance of one of them.",
		Syntax:  "key:key member:string radius:double " + geoUnits + " " + geoWith + " " + geoCounts + " " + geoOrder,
		Handler: cmdGeoRadiusMemberRO,
	},
	{
		Name: "geosearch", Arity: -7, Flags: ReadOnly, ACL: ACLGeo,
		Keys:  readsKey,
		Group: GroupGeo, Since: "6.2.0", Complexity: geoSearchCost,
		Summary: "Finds the members of a geospatial index in a circle or a box.",
		Syntax:  "key:key " + geoShape + " " + geoOrder + " " + geoCounts + " " + geoWith,
		History: geoUnitsInCapitals,
		Handler: cmdGeoSearch,
	},
	{
		Name: "geosearchstore", Arity: -8, Flags: Write | DenyOOM, ACL: ACLGeo,
		Keys:  []KeySpec{keyAt(1, OW|Update), keyAt(2, RO|Access)},
		Group: GroupGeo, Since: "6.2.0", Complexity: geoSearchCost,
		Summary: "Finds the members of a geospatial index in a circle or a box and stores them under another key.",
		Syntax: "destination:key source:key#1 " + geoShape + " " + geoOrder + " " + geoCounts + " " +
			"[STOREDIST:storedist]",
		History: geoUnitsInCapitals,
		Handler: cmdGeoSearchStore,
	},
}
