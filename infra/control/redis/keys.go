// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"encoding/hex"
	"strconv"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// The keys: see the comment of the package.
const (
	mainKey       = "tempskv:{control}"
	apiKeysKey    = mainKey + ":keys"
	usedKey       = mainKey + ":used"
	projectsKey   = mainKey + ":projects"
	deletedKey    = mainKey + ":deleted"
	deletionsKey  = mainKey + ":deletions"
	unverifiedKey = mainKey + ":unverified"
	auditKey      = mainKey + ":audit"
	auditedKey    = mainKey + ":audited"
	requestsKey   = mainKey + ":requests:"
	sessionsKey   = mainKey + ":sessions"
	sessionsOfKey = mainKey + ":sessions:of"
	downloadsKey  = mainKey + ":downloads"
)

// indexKey returns the key of a project's deployment tokens by id, or of the API keys if p is 0.
func indexKey(p kv.ProjectID) string {
	if p == 0 {
		return apiKeysKey
	}
	return mainKey + ":tokens:" + digits(p)
}

// credentialField and projectField name fields of mainKey.
func credentialField(h access.TokenHash) string { return "credential:" + hexOf(h) }
func projectField(p kv.ProjectID) string        { return "project:" + digits(p) }
func hexOf(h access.TokenHash) string           { return hex.EncodeToString(h[:]) }
func digits(p kv.ProjectID) string              { return strconv.FormatInt(int64(p), 10) }

func parseID(text string) (kv.ProjectID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return kv.ProjectID(n), err
}
