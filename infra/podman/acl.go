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

// aclFile returns the users of the server as an ACL file. It names categories alone: a command that a version does not
// know would keep it from starting. See ACL in the Redis documentation.
func aclFile(appPassword, adminPassword string) string {
	return fmt.Sprintf("user default off\n"+
		"user %s on #%s ~* +@all -@admin -@dangerous +info\n"+
		"user %s on #%s ~* +@all\n", appUser, hash(appPassword), adminUser, hash(adminPassword))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
