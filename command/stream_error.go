package command

// errorNoGroup replies that there is no such key or no such group of it; what
// follows says where.
func (c *Context) errorNoGroup(key, group []byte, where string) {
	c.Error("NOGROUP No such key '" + string(excerpt(key, len(key))) + "' or consumer group '" +
		string(excerpt(group, len(group))) + "'" + where)
}

// errorNoGroupOfKey replies that the stream has no such group.
func (c *Context) errorNoGroupOfKey(key, group []byte) {
	c.Error("NOGROUP No such consumer group '" + string(excerpt(group, len(group))) + "' for key name '" +
		string(excerpt(key, len(key))) + "'")
}
