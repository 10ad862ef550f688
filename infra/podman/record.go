// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// recordFile is where the engine keeps the passwords, of which podman has only hashes, and what it runs. Only its owner
// may read it. Without the file the data are found again by the labels of the volume,
// and get new passwords.
const recordFile = "podman.json"

// Labels of what belongs to us in podman.
const (
	ownerLabel   = "io.tempskv.owner"
	engineLabel  = "io.tempskv.engine"
	imageLabel   = "io.tempskv.image"
	versionLabel = "io.tempskv.version"
	numberLabel  = "io.tempskv.number"
	specLabel    = "io.tempskv.spec"
)

// record is the content of the file.
type record struct {
	// Owner identifies what belongs to this data directory.
	Owner         string `json:"owner"`
	AppPassword   string `json:"app_password"`
	AdminPassword string `json:"admin_password"`
	// Current is what serves, or would if it were on: nil before the first success. That it changes is the one moment in
	// which an update, or a restore, happens.
	Current *installation `json:"current,omitempty"`
	// Previous is what that replaced, kept until the settings are known to be saved: nothing was written since.
	Previous *installation `json:"previous,omitempty"`

	path string
}

// installation is a container and its volume, by a number that both have, and what wrote the data.
type installation struct {
	Number      int    `json:"number"`
	Image       string `json:"image"`    // as it was asked for
	ImageID     string `json:"image_id"` // what that was
	Persistence bool   `json:"persistence"`
	Build       build  `json:"build"`
}

// name is that of the container and of the volume.
func (i installation) name(owner string) string { return fmt.Sprintf("tempskv-%s-%d", owner, i.Number) }

// same reports whether two installations differ in no more than their numbers and what is known of their builds.
func (i installation) same(other installation) bool {
	return i.ImageID == other.ImageID && i.Image == other.Image && i.Persistence == other.Persistence
}

// fits reports whether an installation is what the settings ask for.
func (i installation) fits(s engine.Settings) bool {
	return (s.DockerImage == "" || s.DockerImage == i.Image) && s.Persistence == i.Persistence
}

// resolve undoes an update whose settings were not saved before the process ended, and completes one whose settings were.
// It reports whether there was one.
func (r *record) resolve(s engine.Settings) bool {
	if r.Previous == nil {
		return false
	}
	if r.Previous.fits(s) && !r.Current.fits(s) {
		r.Current = r.Previous
	}
	r.Previous = nil
	return true
}

// makeCurrent saves that an installation is the current one, in place of the one that becomes the previous.
func (r *record) makeCurrent(i installation) error {
	before := *r
	if *before.Current == i {
		return nil
	}
	if before.Current.Number != i.Number {
		r.Previous = before.Current
	}
	r.Current = &i
	if err := r.save(); err != nil {
		*r = before
		return err
	}
	return nil
}

// forgetPrevious saves that nothing leads back to the previous installation.
func (r *record) forgetPrevious() error {
	if r.Previous == nil {
		return nil
	}
	r.Previous = nil
	return r.save()
}

// readRecord reads the file of a data directory. If there is none yet, it makes up what a new one holds, and saves it
// before anything is created by it.
func readRecord(dir string) (record, error) {
	r, ok, err := findRecord(dir)
	if ok || err != nil {
		return r, err
	}
	r = record{Owner: hash(dir)[:12], AppPassword: newPassword(), AdminPassword: newPassword(), path: r.path}
	return r, r.save()
}

// findRecord reads the file of a data directory, and reports whether there is one.
func findRecord(dir string) (r record, ok bool, err error) {
	r.path = filepath.Join(dir, recordFile)
	text, err := os.ReadFile(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, false, nil
	case err != nil:
		return r, false, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, false, kv.Refuse(kv.ErrUnavailable,
			"%s is damaged: restore it, or remove it to give the server new passwords", r.path)
	}
	return r, true, nil
}

// save writes the file whole or not at all, and returns once it is on the disk.
func (r *record) save() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(r.path), recordFile+".*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), r.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", r.path, err), os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(r.path))
}

// syncDir makes the names in a directory survive a loss of power.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// remove removes the file.
func (r *record) remove() error {
	if err := os.Remove(r.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// owned is the label of everything of ours, as filters take it.
func (r *record) owned() string { return ownerLabel + "=" + r.Owner }

// secretPrefix begins the names of our secrets, which have no labels in podman 4.3.
func (r *record) secretPrefix() string { return "tempskv-" + r.Owner + "-" }

// acl returns the name of the secret with the ACL file of a server, and what is in it.
func (r *record) acl(b build) (name, content string) {
	content = aclFile(b, r.AppPassword, r.AdminPassword)
	return r.secretPrefix() + hash(content)[:12], content
}
