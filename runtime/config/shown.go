// SPDX-License-Identifier: Apache-2.0

package config

import (
	"net/url"
	"strings"
)

const mask = "xxxxx"

// Shown returns the value as it may be shown: of a URL all but its secrets, of another secret only that it is set.
func (v Value) Shown() string {
	switch {
	case !v.Secret || v.Text == "":
		return v.Text
	case strings.Contains(v.Text, "://"):
		return RedactURL(v.Text)
	}
	return mask
}

// RedactURL masks the password of a URL and what its query calls a password, or all of it if it does not parse.
func RedactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return mask
	}
	query := u.Query()
	for name, values := range query {
		if strings.Contains(strings.ToLower(name), "pass") {
			values[0] = mask
			query[name] = values[:1]
		}
	}
	if len(query) > 0 {
		u.RawQuery = query.Encode()
	}
	return u.Redacted()
}
