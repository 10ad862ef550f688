// SPDX-License-Identifier: Apache-2.0

package access

import (
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Permissions is a set of permissions.
type Permissions uint8

// The permissions of API keys. A deployment token has KvRead and, unless read-only, KvWrite.
const (
	KvRead      Permissions = 1 << iota // read data
	KvWrite                             // write data
	SystemRead                          // full status, lists, audit
	SystemAdmin                         // everything
)

var permissionNames = []struct {
	name string
	p    Permissions
}{{"SystemAdmin", SystemAdmin}, {"SystemRead", SystemRead}, {"KvRead", KvRead}, {"KvWrite", KvWrite}}

// ParsePermission returns the permission of that name, or false.
func ParsePermission(name string) (Permissions, bool) {
	for _, n := range permissionNames {
		if n.name == name {
			return n.p, true
		}
	}
	return 0, false
}

// Names lists the permissions of the set, strongest first.
func (p Permissions) Names() []string {
	names := []string{}
	for _, n := range permissionNames {
		if p&n.p != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// String joins Names with commas.
func (p Permissions) String() string { return strings.Join(p.Names(), ",") }

// Principal is the owner of the token of a request. It is shared between requests and must not be changed.
type Principal struct {
	// ID is the id of the deployment token or API key, Name its name.
	ID, Name    string
	Permissions Permissions
	// Project is the one project of a deployment token, 0 for an API key.
	Project kv.ProjectID
	// Projects limits the data operations of an API key to these projects; nil means all.
	Projects []kv.ProjectID
	// ExpiresAt is the zero time for a token that does not expire.
	ExpiresAt time.Time
}

// FirstAdministrator returns whom a setup code signs in: nobody else has that id.
func FirstAdministrator() *Principal {
	return &Principal{ID: "setup", Name: "first administrator", Permissions: SystemAdmin}
}

// CommandLine returns who calls with the token that a running server leaves for its own user: nobody else has that id.
func CommandLine() *Principal {
	return &Principal{ID: "local", Name: "command line", Permissions: SystemAdmin}
}

// Can reports whether the principal has the permission. SystemAdmin has every permission.
func (p *Principal) Can(need Permissions) bool {
	return p.Permissions&(need|SystemAdmin) != 0
}

// CanReach reports whether the principal may use the project in data operations.
func (p *Principal) CanReach(id kv.ProjectID) bool {
	if p.Project != 0 {
		return p.Project == id
	}
	return p.Projects == nil || slices.Contains(p.Projects, id)
}

// Expired reports whether the token has expired at the time now.
func (p *Principal) Expired(now time.Time) bool {
	return !p.ExpiresAt.IsZero() && !now.Before(p.ExpiresAt)
}
