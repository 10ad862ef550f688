// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// format is the number of the form that FORMAT.md describes.
const format = 1

// The files of a backup are named by its id and these.
const (
	dataSuffix     = ".ndjson.gz"
	manifestSuffix = ".json"
)

// Scope says what a backup is of.
type Scope string

// The scopes.
const (
	WholeService Scope = "service" // every project, and who may reach what
	OneProject   Scope = "project"
)

// Trigger says what a backup was made for.
type Trigger string

// The triggers.
const (
	Manual        Trigger = "manual"
	Scheduled     Trigger = "schedule"
	BeforeRestore Trigger = "restore"
)

// Header is the first line of a backup.
type Header struct {
	Format      int           `json:"format"`
	ID          string        `json:"id"`
	CreatedAt   time.Time     `json:"created_at"`
	Version     string        `json:"version"` // of tempskv
	Engine      kv.EngineName `json:"engine"`
	Server      string        `json:"server"` // its version
	Scope       Scope         `json:"scope"`
	Project     kv.ProjectID  `json:"project_id,omitempty"`
	PointInTime bool          `json:"point_in_time"`
}

// Manifest tells what a backup holds.
type Manifest struct {
	Header
	FinishedAt  time.Time     `json:"finished_at"`
	Trigger     Trigger       `json:"trigger"`
	Keys        int64         `json:"keys"`
	Projects    []ProjectKeys `json:"projects"`
	Credentials int           `json:"credentials"`
	Size        int64         `json:"size"`   // of the compressed file, in bytes
	SHA256      string        `json:"sha256"` // of it, in hexadecimal digits
	// Sequence grows from backup to backup in the order in which they became complete, whatever the clocks were set to. It
	// is 0 in those of earlier versions.
	Sequence int64 `json:"sequence,omitempty"`
	// Deleting are the projects that were being deleted, or were deleted while the backup was made: of their keys all or
	// some are missing.
	Deleting []kv.ProjectID `json:"deleting,omitempty"`
	// Problem says what List saw to be wrong with the files, empty if nothing is. It is in no file.
	Problem string `json:"-"`
}

// ProjectKeys is a project of a backup, and how many lines are of its keys.
type ProjectKeys struct {
	ID   kv.ProjectID `json:"id"`
	Name string       `json:"name"`
	Keys int64        `json:"keys"`
}

// idForm is what an id looks like: the time in UTC, and something that tells two of one second apart.
var idForm = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[a-z2-7]{8}$`)

// digits are those of base32, in the order in which they sort.
const digits = "234567abcdefghijklmnopqrstuvwxyz"

// newID makes an id. Those of later milliseconds sort behind.
func newID(at time.Time) string {
	id := []byte(at.UTC().Format("20060102T150405Z-"))
	micros := at.Nanosecond() / 1000 // 20 bits
	for shift := 15; shift >= 0; shift -= 5 {
		id = append(id, digits[micros>>shift&31])
	}
	return string(id) + strings.ToLower(rand.Text()[:4])
}

// ValidID tells whether it can be the id of a backup at all.
func ValidID(id string) bool { return idForm.MatchString(id) }

// parseManifest reads a manifest. Errors: ErrBackupDamaged, ErrNotSupported for a later format.
func parseManifest(id string, text []byte) (m Manifest, err error) {
	switch err := json.Unmarshal(text, &m); {
	case err != nil || m.ID != id || m.Format < 1:
		return m, kv.Refuse(kv.ErrBackupDamaged, "the manifest of %s is damaged", id)
	case m.Format > format:
		return m, errFormat(m.Format)
	}
	return m, nil
}

func errFormat(n int) error {
	return kv.Refuse(kv.ErrNotSupported, "the backup has format %d, and this tempskv reads up to %d: take a later one", n, format)
}

// String names a backup in a sentence.
func (m Manifest) String() string {
	if m.Scope == OneProject {
		return fmt.Sprintf("%s of project %d", m.ID, m.Project)
	}
	return m.ID
}
