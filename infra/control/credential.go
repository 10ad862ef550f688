// SPDX-License-Identifier: Apache-2.0

package control

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
)

// AdminID is the id of the API key that TEMPSKV_ADMIN_KEY sets.
const AdminID = "admin-env"

// EnsuredDocument returns the name of the document that records that a credential was ensured: it holds its id, also once the
// credential is revoked.
func EnsuredDocument(h access.TokenHash) string { return "ensured_" + hex.EncodeToString(h[:]) }

// idLen is the length of a credential's id: 60 random bits, in lower case so that they are easy to type.
const idLen = 12

// NewID returns an id for a credential.
func NewID() string { return strings.ToLower(rand.Text()[:idLen]) }

// AdminKey returns the credential of the administrator's own API key.
// Errors: ErrInvalid, see access.Token.ValidateAdminKey.
func AdminKey(t access.Token) (access.Credential, error) {
	if err := t.ValidateAdminKey(); err != nil {
		return access.Credential{}, err
	}
	return credential(t, AdminID, "TEMPSKV_ADMIN_KEY"), nil
}

// FirstKey makes an API key that may do everything, and its credential.
func FirstKey() (access.Token, access.Credential) {
	t := access.NewToken(access.APIKey)
	return t, credential(t, NewID(), "first")
}

// FirstKeyDocument is the name of the document that holds the id of the first API key until the key was shown.
const FirstKeyDocument = "first_key"

func credential(t access.Token, id, name string) access.Credential {
	return access.Credential{
		Principal: access.Principal{ID: id, Name: name, Permissions: access.SystemAdmin},
		Prefix:    t.Prefix(), Last4: t.Last4(),
	}
}
