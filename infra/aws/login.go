// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// login is what a secret holds.
type login struct{ url, user, password string }

// parseLogin reads the value of a secret. Errors: a Refusal of kind kv.ErrInvalid that holds nothing of it.
func parseLogin(value string) (login, error) {
	secret := struct{ URL, Username, Password string }{URL: strings.TrimSpace(value)}
	if strings.HasPrefix(secret.URL, "{") {
		secret.URL = ""
		if json.Unmarshal([]byte(value), &secret) != nil || secret.URL == "" {
			return login{}, kv.Refuse(kv.ErrInvalid, "the secret is JSON without a text \"url\", the URL of Redis")
		}
	}
	user, password, err := redis.Userinfo(secret.URL)
	if err != nil {
		return login{}, err
	}
	return login{secret.URL, cmp.Or(secret.Username, user), cmp.Or(secret.Password, password)}, nil
}
