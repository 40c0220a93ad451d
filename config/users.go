package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The default user is the only one there is. What its line in a file, or in the
// file of aclfile, says of passwords is honoured. What it forbids cannot be, and
// stops the start: a server that lets everybody do more than its configuration
// allows would stand open where it is thought to be closed.

// credentials are the passwords that the default user's line gives it, in place
// of requirepass.
type credentials struct {
	none bool // any is accepted and none is needed
	sums [][sha256.Size]byte
}

// NeedsPassword reports whether clients have to authenticate.
func (s *Security) NeedsPassword() bool {
	if s.declared != nil {
		return !s.declared.none
	}
	return s.RequirePass != ""
}

// Accepts reports whether the default user may authenticate with a password. It
// takes the same time for every wrong one.
func (s *Security) Accepts(password []byte) bool {
	given, same := sha256.Sum256(password), 0
	if s.declared == nil {
		want := sha256.Sum256([]byte(s.RequirePass))
		same = subtle.ConstantTimeCompare(given[:], want[:])
	} else {
		for i := range s.declared.sums {
			same |= subtle.ConstantTimeCompare(given[:], s.declared.sums[i][:])
		}
	}
	return same == 1 || !s.NeedsPassword()
}

// account is the default user while the rules of its line are read.
type account struct {
	credentials
	on, commands, keys, channels bool
}

// follow applies one rule. Rules are not repeated in errors: one may be a
// password whose sign was forgotten.
func (a *account) follow(rule string) error {
	switch strings.ToLower(rule) {
	case "on":
		a.on = true
	case "off":
		a.on = false
	case "nopass":
		a.credentials = credentials{none: true}
	case "resetpass":
		a.credentials = credentials{}
	case "+@all", "allcommands":
		a.commands = true
	case "-@all", "nocommands":
		a.commands = false
	case "~*", "allkeys":
		a.keys = true
	case "resetkeys":
		a.keys = false
	case "&*", "allchannels":
		a.channels = true
	case "resetchannels":
		a.channels = false
	case "sanitize-payload", "skip-sanitize-payload", "clearselectors":
	default:
		return a.addPassword(rule)
	}
	return nil
}

// addPassword applies a rule that gives a password: >password or #sum.
func (a *account) addPassword(rule string) error {
	var sum [sha256.Size]byte
	switch {
	case strings.HasPrefix(rule, ">"):
		sum = sha256.Sum256([]byte(rule[1:]))
	case strings.HasPrefix(rule, "#"):
		n, err := hex.Decode(sum[:], []byte(rule[1:min(len(rule), 1+2*len(sum))]))
		if err != nil || n != len(sum) || len(rule) != 1+2*n || rule != strings.ToLower(rule) {
			return reason("Error in user declaration 'default': The password hash must be exactly 64 characters and " +
				"contain only lowercase hexadecimal characters")
		}
	default:
		return reason("one of the rules of the default user is not understood here: " + noACL)
	}
	a.none, a.sums = false, append(a.sums, sum)
	return nil
}

// declare takes over the rules of the default user's line.
func (c *Config) declare(rules []string) error {
	a := account{channels: c.ACLPubSubDefault == "allchannels"}
	for _, rule := range rules {
		if err := a.follow(rule); err != nil {
			return err
		}
	}
	switch {
	case !a.on:
		return reason("nobody could use this server: the default user is off, and " + noACL)
	case !a.commands || !a.keys || !a.channels:
		return reason("the default user cannot be restricted: it needs the rules ~* &* +@all, and " + noACL)
	}
	c.declared = &a.credentials
	return nil
}

// users takes over what the files say of the default user, and the names of the
// others, once everything is read.
func (l *loader) users() error {
	c := l.c
	lines := c.Users
	if c.ACLFile != "" {
		if len(lines) > 0 {
			return lines[0].Origin.Error("users stand in the configuration or in the file that aclfile names, not in both")
		}
		var err error
		if lines, err = readUsers(c.path(c.ACLFile)); err != nil {
			return err
		}
	}
	seen := make(map[string]bool)
	for _, line := range lines {
		name := line.Args[0]
		switch {
		case seen[name]:
			return line.Origin.Error(fmt.Sprintf(
				"Error in user declaration '%s': Duplicate user found. A user can only be defined once in config files", name))
		case name != defaultUser:
			c.MissingUsers = append(c.MissingUsers, name)
		default:
			if err := c.declare(line.Args[1:]); err != nil {
				return line.Origin.Error(err.Error())
			}
		}
		seen[name] = true
	}
	return nil
}

const defaultUser = "default"

// readUsers reads the file of aclfile, which knows neither quotes nor comments.
func readUsers(path string) ([]Statement, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, Origin{}.Error(fmt.Sprintf("Error loading ACLs, opening file '%s': %s", path, osReason(err)))
	}
	var lines []Statement
	for i, line := range strings.Split(string(content), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		origin := Origin{path, i + 1, "user (redacted)"}
		if words[0] != "user" || len(words) == 1 {
			return nil, origin.Error("a line begins with the word user and the user's name")
		}
		lines = append(lines, Statement{words[1:], origin})
	}
	return lines, nil
}

// password is requirepass. Another value takes the place of what the default
// user's line says, there and in the file that CONFIG REWRITE writes; the same
// one again changes nothing, as in Redis.
type password struct{ value }

func (p password) set(c *Config, args []string) error {
	if args[0] == c.RequirePass {
		return nil
	}
	c.RequirePass = args[0]
	if c.declared == nil && !c.usersChanged {
		return nil // at the start the line has the last word
	}
	c.declared, c.usersChanged = nil, true
	i := slices.IndexFunc(c.Users, func(s Statement) bool { return s.Args[0] == defaultUser })
	if i < 0 {
		return nil // it stands in the file of aclfile
	}
	rule := "nopass"
	if c.RequirePass != "" {
		rule = fmt.Sprintf("#%x", sha256.Sum256([]byte(c.RequirePass)))
	}
	c.Users = slices.Clone(c.Users)
	c.Users[i].Args = []string{defaultUser, "on", rule, "~*", "&*", "+@all"}
	return nil
}

// UserLines returns the words behind "user" of the lines that CONFIG REWRITE is
// to write, or nil if those in the file still hold.
func (c *Config) UserLines() []string {
	if !c.usersChanged {
		return nil
	}
	lines := make([]string, len(c.Users))
	for i, u := range c.Users {
		words := slices.Clone(u.Args)
		for j, word := range words {
			if strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' || r == '\\' }) {
				words[j] = quote(word)
			}
		}
		lines[i] = strings.Join(words, " ")
	}
	return lines
}
