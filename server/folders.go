package server

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"basalt/config"
	"basalt/persist"
)

// A process has the lock of every folder that it keeps something in. That is
// the data folder, and for as long as they take others that were the data
// folder: CONFIG SET dir moves neither an append only file that is on nor a
// snapshot that is being written.

// heldFolder is one whose lock the process has. A folder is locked once however
// often it is asked for, for the lock would refuse its own process too.
type heldFolder struct {
	info  os.FileInfo // tells the folder apart from others, whatever leads there
	names []string    // by which it was asked for
	lock  io.Closer
}

// heldFolders are all of them: one or two, hardly ever three.
type heldFolders []*heldFolder

// find returns the folder that info is of, or nil.
func (h heldFolders) find(info os.FileInfo) *heldFolder {
	for _, f := range h {
		if os.SameFile(f.info, info) {
			return f
		}
	}
	return nil
}

// hold takes the lock of dir, if it is not held.
func (p *persistence) hold(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	found := p.folders.find(info)
	if found == nil {
		lock, err := persist.LockFolder(p.files, dir)
		if err != nil {
			return err
		}
		found = &heldFolder{info: info, lock: lock}
		p.folders = append(p.folders, found)
	}
	for _, f := range p.folders {
		// A name that has come to stand for another folder is that one's alone.
		f.names = slices.DeleteFunc(f.names, func(name string) bool { return name == dir })
	}
	found.names = append(found.names, dir)
	return nil
}

// release lets go of all folders but those of the given names. It asks the disk
// nothing.
func (p *persistence) release(but []string) {
	p.folders = slices.DeleteFunc(p.folders, func(f *heldFolder) bool {
		if slices.ContainsFunc(f.names, func(name string) bool { return slices.Contains(but, name) }) {
			return false
		}
		f.lock.Close() // a descriptor without writes: there is nothing that could be lost
		return true
	})
}

// keeps reports whether the configuration asks for files.
func keeps(cfg *config.Config) bool { return len(cfg.Save) > 0 || cfg.AppendOnlyEnabled }

// logFolder is the data folder of a log that is read or written, is being closed
// or still deletes files; "" if there is none.
func (x *executor) logFolder() string {
	p := &x.persist
	reading := p.loading != nil && p.loading.replay != nil
	if p.log == nil || !reading && p.ending == nil && !p.log.On() && p.log.Idle() {
		return ""
	}
	return p.log.DataFolder()
}

// holdFolders takes the locks of all folders that something is kept in, and of
// dir, unless that is "", and lets go of the others. An error says that another
// process has one. A folder that cannot be written is no reason not to go on:
// what needs it will say so.
func (x *executor) holdFolders(dir string) error {
	p := &x.persist
	wanted := []string{dir, x.logFolder()}
	if keeps(x.server.config) {
		wanted = append(wanted, p.dir)
	}
	for _, dir := range wanted {
		if dir == "" {
			continue
		}
		var taken *persist.FolderLockedError
		if err := p.hold(dir); errors.As(err, &taken) {
			return err
		} else if err != nil {
			x.server.log.Warn().Err(err).Str("dir", dir).Msg("the data folder cannot be locked")
		}
	}
	p.release(append(wanted, p.jobFolder()))
	return nil
}

// releaseFolders lets go of folders that nothing is kept in any more.
func (x *executor) releaseFolders() {
	p := &x.persist
	if len(p.folders) == 0 {
		return
	}
	wanted := []string{x.logFolder(), p.jobFolder()}
	if keeps(x.server.config) {
		wanted = append(wanted, p.dir)
	}
	p.release(wanted)
}

// jobFolder is where the snapshot that runs was begun, "" if none runs. One that
// is written by hand into a folder that is not locked does not lock it either.
func (p *persistence) jobFolder() string {
	if p.job == nil {
		return ""
	}
	return p.job.dir
}

// changeDir is CONFIG SET dir. An append only file that is on, and a snapshot
// that is being written, stay where they are.
func (x *executor) changeDir(dir string) error {
	p := &x.persist
	if err := os.Chdir(dir); err != nil {
		return err
	}
	now, err := os.Getwd()
	if err != nil {
		return err
	}
	before := p.dir
	p.dir = now
	if err := x.holdFolders(""); err != nil {
		p.dir = before
		return errors.Join(err, os.Chdir(before))
	}
	if x.ctx.Logging && p.log.DataFolder() != now {
		x.server.log.Warn().Str("dir", p.log.DataFolder()).
			Msg("the append only file stays where it is until it is turned off and on again")
	}
	return nil
}

// path returns the absolute path of a file in the data folder.
func (p *persistence) path(name string) string { return filepath.Join(p.dir, name) }
