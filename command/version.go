package command

// BasaltVersion is the version of this program.
const BasaltVersion = "0.1.0"

// BuildID names the build, as far as the linker was told.
var BuildID = "unknown"
