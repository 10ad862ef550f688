// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// basePathForm has nothing that a proxy, a cookie or a page writes in another way.
var basePathForm = regexp.MustCompile(`^(/[0-9A-Za-z_~-]+)+$`)

// ownPaths are the first parts of the server's own paths. A base path that begins with one could not be told from them once a
// proxy has stripped it.
var ownPaths = []string{
	"api", "api-keys", "assets", "audit", "backups", "docs", "livez", "metrics", "projects", "readyz", "settings", "setup", "system",
}

func basePath(c *Config, s string) error {
	if !basePathForm.MatchString(s) {
		return fmt.Errorf("must be a path such as /kv or /apps/kv, of letters, digits, -, _ and ~, without a / at its end, not %q", s)
	}
	parts := strings.Split(s[1:], "/")
	if slices.Contains(ownPaths, parts[0]) {
		return fmt.Errorf("must not begin with /%s, which is a path of the server itself", parts[0])
	}
	if parts[len(parts)-1] == "api" {
		return errors.New("must not end in /api: the paths of the API begin with that")
	}
	c.BasePath = s
	return nil
}
