package config

import (
	"errors"
	"strings"
)

// ErrLoading says that a directive cannot change while a data set is being
// loaded. The command answers it with the -LOADING error.
var ErrLoading = errors.New("the data set is being loaded")

// Setter is who asks for a change.
type Setter struct {
	// Local clients come over the loopback interface or the Unix socket.
	Local bool
	// Loading says that a data set is being loaded.
	Loading bool
}

// Set changes several directives at once, as CONFIG SET does: all or none.
//
// When all values are accepted, apply is called once for every reaction the
// changes ask for, in the order of the pairs; the new values stand in c by then.
// If one fails, c gets its old values back, the reactions run so far are run
// again, their errors ignored, and Set fails with that error's text as the
// reason. apply may be nil.
//
// The error's text is the reply without its leading "ERR ".
func (c *Config) Set(pairs []Pair, by Setter, apply func(ApplyID) error) error {
	list, err := c.admit(pairs, by)
	if err != nil {
		return err
	}
	// Values are replaced, never changed in place: the copy stays as it is.
	old := *c
	var reactions []ApplyID
	var related []string // the pair each reaction belongs to
	asked := [applyCount]bool{}
	for i, d := range list {
		before := d.value.get(c)
		args := []string{pairs[i].Value}
		if d.Has(MultiArg) {
			args = splitValue(pairs[i].Value)
		}
		if err := d.value.set(c, args); err != nil {
			*c = old
			return setError(d.nameLike(pairs[i].Name), err)
		}
		if d.Apply != ApplyNone && !asked[d.Apply] && d.value.get(c) != before {
			asked[d.Apply] = true
			reactions = append(reactions, d.Apply)
			related = append(related, d.nameLike(pairs[i].Name))
		}
	}
	if apply == nil {
		return nil
	}
	for i, id := range reactions {
		if err := apply(id); err != nil {
			*c = old
			for _, done := range reactions[:i+1] {
				// The old values were accepted once; if they are not any longer,
				// the server has said so in its log.
				_ = apply(done)
			}
			return setError(related[i], err)
		}
	}
	return nil
}

// admit finds the directives and refuses those that may not be set now. Of
// several faults the first one counts, but loading goes before all.
func (c *Config) admit(pairs []Pair, by Setter) ([]*Directive, error) {
	list := make([]*Directive, len(pairs))
	for i, p := range pairs {
		d := Lookup(p.Name)
		switch {
		case d == nil || d.Has(FileOnly):
			return nil, reason("Unknown option or number of arguments for CONFIG SET - '" + untilZero(p.Name) + "'")
		case d.Has(Immutable):
			return nil, setError(p.Name, reason("can't set immutable config"))
		case d.Has(Protected) && !c.EnableProtectedConfigs.Allows(by.Local):
			return nil, setError(p.Name, reason("can't set protected config"))
		case d.Has(DenyLoading) && by.Loading:
			return nil, ErrLoading
		}
		for j := range i {
			// An alias beside its directive is no duplicate to Redis: the later
			// one wins.
			if list[j] == d && d.nameLike(pairs[j].Name) == d.nameLike(p.Name) {
				return nil, setError(p.Name, reason("duplicate parameter"))
			}
		}
		list[i] = d
	}
	return list, nil
}

// nameLike returns the name or the alias of d, whichever the user wrote.
func (d *Directive) nameLike(written string) string {
	if strings.EqualFold(written, d.Alias) {
		return d.Alias
	}
	return d.Name
}

func setError(name string, why error) error {
	return reason("CONFIG SET failed (possibly related to argument '" + name + "') - " + why.Error())
}

// splitValue cuts the value of a MultiArg directive at every single space, as
// Redis does; no value at all is an empty list.
func splitValue(v string) []string {
	if v == "" {
		return nil
	}
	return strings.Split(v, " ")
}
