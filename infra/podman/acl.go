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

// aclFile returns the users of the server as an ACL file. It names categories, and two commands that every version has: one
// that a version does not know would keep it from starting. RESTORE counts as dangerous for what a forged dump may do to a
// server; the keys of a backup that are no strings are stored by it, and nothing else is. A container with other rules, of
// an earlier tempskv, is made anew on its data by the next Enable, and so at the next start; until then such keys are
// refused, with a word on what is missing, and strings are not. See ACL in the Redis documentation.
func aclFile(appPassword, adminPassword string) string {
	return fmt.Sprintf("user default off\n"+
		"user %s on #%s ~* +@all -@admin -@dangerous +info +restore\n"+
		"user %s on #%s ~* +@all\n", appUser, hash(appPassword), adminUser, hash(adminPassword))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
