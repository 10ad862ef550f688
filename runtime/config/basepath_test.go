// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/runtime/config"
)

func TestBasePath(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"/kv", "/a", "/apps/kv", "/~shop/kv-1_b", "/KV", "/apis", "/kv/docs", "/api2/kv"} {
		c, _, err := config.Load(sources(t, nil, map[string]string{"TEMPSKV_BASE_PATH": good}, ""))
		if err != nil || c.BasePath != good {
			t.Errorf("%s: got %q, %v", good, c.BasePath, err)
		}
	}
	for _, bad := range []string{
		"/", "kv", "/kv/", "//kv", "/a//b", "/kv/..", "/./kv", "/k.v", "/kv?a=1", "/kv#a", "/k%76", "/kü", "/a;b", "/a:b", "/a,b",
		"http://kv.example/kv", `\kv`, `/k"v`, "/{id}", "/kv\n/a", "/api", "/api/kv", "/docs", "/setup/kv", "/kv/api", "/k v",
	} {
		_, _, err := config.Load(sources(t, map[string]string{"base-path": bad}, nil, ""))
		if err == nil || !strings.Contains(err.Error(), "base-path") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}
