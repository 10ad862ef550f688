// SPDX-License-Identifier: Apache-2.0

package access

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// AnyOrigin allows the pages of every origin to call the API.
const AnyOrigin = "*"

// ParseOrigins reads a list of origins between commas, and returns each as browsers write it.
func ParseOrigins(list string) ([]string, error) {
	var all []string
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		origin, ok := parseOrigin(one)
		if !ok {
			return nil, fmt.Errorf("must be origins such as https://app.example.com or http://localhost:3000, or *, not %q", one)
		}
		all = append(all, origin)
	}
	return all, nil
}

// parseOrigin returns scheme, host and port as in the Origin header: in lower case, without the default port.
func parseOrigin(s string) (string, bool) {
	if s == AnyOrigin {
		return s, true
	}
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || u.Scheme == "" || u.Hostname() == "" || strings.ContainsFunc(u.Host, neverInOrigin) {
		return "", false
	}
	port := u.Port()
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	plain := (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	return plain, u.Path == "/" && u.String() == plain+"/" || u.String() == plain
}

// neverInOrigin reports whether no browser sends r in an origin: patterns, and characters that DNS encodes differently.
func neverInOrigin(r rune) bool { return r == '*' || r > unicode.MaxASCII }
