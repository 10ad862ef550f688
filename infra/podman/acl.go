// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The users of the server: the application's, whose connections serve the data operations, and our own.
const (
	appUser   = "app"
	adminUser = "admin"
)

// newPassword returns 26 characters from 130 random bits.
func newPassword() string { return rand.Text() }

// channelsSince is the first Redis whose users have rules about channels.
const channelsSince = "6.2"

// aclFile returns the users of a server as an ACL file. The default user is off, so that no client can log in as it,
// but it needs every permission: the server loads its append-only file as that user, and since 7.0 drops what a MULTI
// or a script wrote that the user would not be allowed. The file names categories, and two commands that every version
// has: one that a version does not know would keep it from starting. RESTORE counts as dangerous for what a forged dump
// may do to a server; the keys of a backup that are not strings are stored by it, and nothing else is. A container with
// other rules, of an earlier tempskv, is replaced on the same volume by the next Enable, and so at the next start: see
// replaceForm. See ACL in the Redis documentation.
func aclFile(b build, appPassword, adminPassword string) string {
	channels := " &*"
	if b.Flavour == redisFlavour && compareVersions(b.Version, channelsSince) < 0 {
		channels = ""
	}
	return fmt.Sprintf("user default off ~*%s +@all\n"+
		"user %s on #%s ~* +@all -@admin -@dangerous +info +restore\n"+
		"user %s on #%s ~* +@all\n", channels, appUser, hash(appPassword), adminUser, hash(adminPassword))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
