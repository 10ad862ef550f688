// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// format is the version of the format in FORMAT.md.
const format = 1

// The files of a backup are named after its id with these suffixes.
const (
	dataSuffix     = ".ndjson.gz"
	manifestSuffix = ".json"
)

// Scope says what a backup contains.
type Scope string

// The scopes.
const (
	WholeService Scope = "service" // all projects, tokens and API keys
	OneProject   Scope = "project"
)

// Trigger says why a backup was made.
type Trigger string

// The triggers.
const (
	Manual        Trigger = "manual"
	Scheduled     Trigger = "schedule"
	BeforeRestore Trigger = "restore"
)

// Header is the first line of a backup.
type Header struct {
	Format      int          `json:"format"`
	ID          string       `json:"id"`
	CreatedAt   time.Time    `json:"created_at"`
	Version     string       `json:"version"` // of tempskv
	Engine      engine.Name  `json:"engine"`
	Server      string       `json:"server"` // its version
	Scope       Scope        `json:"scope"`
	Project     kv.ProjectID `json:"project_id,omitempty"`
	PointInTime bool         `json:"point_in_time"`
}

// Manifest describes a backup.
type Manifest struct {
	Header
	FinishedAt  time.Time     `json:"finished_at"`
	Trigger     Trigger       `json:"trigger"`
	Keys        int64         `json:"keys"`
	Projects    []ProjectKeys `json:"projects"`
	Credentials int           `json:"credentials"`
	Size        int64         `json:"size"`   // of the compressed file, in bytes
	SHA256      string        `json:"sha256"` // of that file, in hexadecimal digits
	// Sequence numbers backups in the order of their completion, independent of clocks. It is 0 in backups of earlier
	// versions.
	Sequence int64 `json:"sequence,omitempty"`
	// Deleting are the projects that were being deleted, or were deleted while the backup was made: some or all of their
	// keys are missing.
	Deleting []kv.ProjectID `json:"deleting,omitempty"`
	// Problem says what List found wrong with the files, empty if nothing. It is not stored.
	Problem string `json:"-"`
}

// ProjectKeys is a project of a backup and the number of lines with its keys.
type ProjectKeys struct {
	ID   kv.ProjectID `json:"id"`
	Name string       `json:"name"`
	Keys int64        `json:"keys"`
}

// idForm is the form of an id: the time in UTC, and a suffix that distinguishes ids of the same second.
var idForm = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[a-z2-7]{8}$`)

// digits are those of base32 in their sort order.
const digits = "234567abcdefghijklmnopqrstuvwxyz"

// newID returns a new id. Ids of later milliseconds sort after it.
func newID(at time.Time) string {
	id := []byte(at.UTC().Format("20060102T150405Z-"))
	micros := at.Nanosecond() / 1000 // 20 bits
	for shift := 15; shift >= 0; shift -= 5 {
		id = append(id, digits[micros>>shift&31])
	}
	return string(id) + strings.ToLower(rand.Text()[:4])
}

// ValidID reports whether id has the form of an id.
func ValidID(id string) bool { return idForm.MatchString(id) }

// parseManifest reads a manifest. Errors: ErrBackupDamaged, ErrNotSupported for a later format.
func parseManifest(id string, text []byte) (m Manifest, err error) {
	if len(text) > maxManifest || bytes.Count(text, []byte(",")) > maxManifest/16 { // much would be made of little
		return m, kv.Refuse(kv.ErrBackupDamaged, "the manifest of %s is too large", id)
	}
	switch err := json.Unmarshal(text, &m); {
	case err != nil || m.ID != id || m.Format < 1:
		return m, kv.Refuse(kv.ErrBackupDamaged, "the manifest of %s is damaged", id)
	case m.Format > format:
		return m, errFormat(m.Format)
	}
	return m, nil
}

func errFormat(n int) error {
	return kv.Refuse(kv.ErrNotSupported, "the backup has format %d, but this tempskv reads up to %d: use a later version", n, format)
}

// String names a backup in a sentence.
func (m Manifest) String() string {
	if m.Scope == OneProject {
		return fmt.Sprintf("%s of project %d", m.ID, m.Project)
	}
	return m.ID
}
