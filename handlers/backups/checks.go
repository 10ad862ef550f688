// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"errors"
	"fmt"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// maxAccess bounds what is held of the projects and credentials of a backup, in bytes of their lines: some 200,000.
	maxAccess = 64 << 20
	// maxNarrowed bounds the projects that an API key is narrowed to.
	maxNarrowed = 1000
	// maxType bounds the name of a type of Redis, and maxTypes how many there are, with those of modules.
	maxType  = 64
	maxTypes = 100
)

// checks finds in a backup, while it is read, what a restore would fail on after it has begun.
type checks struct {
	whole    bool                  // it is of the whole service
	projects map[kv.ProjectID]bool // of the manifest; true once their line was read
	types    map[string]bool
	access   int // bytes of the lines of projects and credentials
}

// newChecks begins the checks of a backup. Its error says what is wrong with the manifest.
func newChecks(m Manifest) (*checks, error) {
	c := &checks{whole: m.Scope == WholeService, projects: map[kv.ProjectID]bool{}, types: map[string]bool{}}
	for _, p := range m.Projects {
		if _, twice := c.projects[p.ID]; twice || !validProject(p.ID) {
			return nil, fmt.Errorf("its manifest has a wrong project %d, or that twice", p.ID)
		}
		c.projects[p.ID] = false
	}
	switch _, ok := c.projects[m.Project]; {
	case c.whole && m.Project == 0:
	case m.Scope == OneProject && ok && len(c.projects) == 1:
	default:
		return nil, errors.New("the scope in its manifest does not match the projects there")
	}
	return c, nil
}

func validProject(p kv.ProjectID) bool { return p >= 1 && p <= kv.MaxProjectID }

// count bounds how many lines are held.
func (c *checks) count(bytes int) error {
	if c.access += bytes; c.access > maxAccess {
		return fmt.Errorf("its projects and credentials take more than %d MiB", maxAccess>>20)
	}
	return nil
}

// project checks the line of a project.
func (c *checks) project(p access.Project) error {
	read, ok := c.projects[p.ID]
	if !ok || read {
		return fmt.Errorf("it holds a project %d that its manifest does not have, or that twice", p.ID)
	}
	c.projects[p.ID] = true
	return nil
}

// credential checks the line of a credential.
func (c *checks) credential(d archive.Credential) error {
	_, ok := c.projects[d.Project]
	if d.Project != 0 && c.whole && !ok {
		return fmt.Errorf("it holds a token of project %d, which its manifest does not have", d.Project)
	}
	if len(d.Projects) > maxNarrowed {
		return errCredential
	}
	for _, p := range d.Projects {
		if !validProject(p) {
			return errCredential
		}
	}
	return nil
}

// record checks the line of a key.
func (c *checks) record(r kv.Record) error {
	if _, ok := c.projects[r.Project]; !ok {
		return fmt.Errorf("it holds a key of project %d, which its manifest does not have", r.Project)
	}
	if len(r.Text) > kv.MaxRecordBytes || len(r.Dump) > kv.MaxRecordBytes {
		return errTooLong
	}
	if r.Type == "" {
		return nil
	}
	if c.types[r.Type] = true; len(r.Type) > maxType || len(c.types) > maxTypes {
		return errors.New("it holds keys of more types than Redis has")
	}
	if r.Type == kv.NoType || r.Type == kv.TooLargeType || !wholeDump(r.Type, r.Dump) {
		return fmt.Errorf("the dump of a %s in project %d is not one that Redis made, or was changed", r.Type, r.Project)
	}
	return nil
}

// end checks that nothing is missing.
func (c *checks) end() error {
	for p, read := range c.projects {
		if !read {
			return fmt.Errorf("it does not hold project %d, which its manifest has", p)
		}
	}
	return nil
}
