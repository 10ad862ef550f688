// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeysOfEveryKind stores keys that mean something to a shell, a glob, a Redis Cluster, a URL or a C program.
func TestKeysOfEveryKind(t *testing.T) {
	t.Parallel()
	var everyByte, twoBytes strings.Builder
	for c := range rune(0x80) {
		everyByte.WriteRune(c)
	}
	for c := rune(0x80); c < 0x800; c++ {
		twoBytes.WriteRune(c)
	}
	keys := []string{
		everyByte.String(), twoBytes.String(), "\x00", " ", "\n", "a b\r\nSET x 1\r\n", "*", "?", "[a-z]", `\`, `\*`,
		"{}", "{a}b", "}{", "a:b", "kv:p1:a", "../..", "%00",
		"'; --", "<b>&", "é", "e\u0301", "\U0010FFFF", strings.Repeat("k", 32<<10),
	}
	forEachEngine(t, func(t *testing.T, settings object) {
		s := serve(t, t.TempDir())
		s.enable(settings)
		_, token := s.project("p")
		c := s.as(token)
		for _, key := range keys {
			c.wants(t, "set", object{"key": key, "value": 41}, `{"result":"OK"}`)
			c.wants(t, "incr", object{"key": key}, `{"value":42}`)
		}
		found := map[string]bool{}
		for _, key := range scanAll(t, c, "*", "") {
			found[key] = true
		}
		for _, key := range keys {
			if !found[key] {
				t.Errorf("scan does not find %.80q", key)
			}
			c.wants(t, "get", object{"key": key}, `{"value":42}`)
			if len(key) < 100 {
				findsByPattern(t, c, key)
			}
		}
		c.wants(t, "exists", object{"keys": keys}, `{"exists":24}`)
		c.wants(t, "del", object{"keys": keys}, `{"deleted":24}`)
	})
}

// findsByPattern asks for a key by a pattern that matches nothing else.
func findsByPattern(t *testing.T, c caller, key string) {
	t.Helper()
	escaped := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(key)
	var found struct{ Keys []string }
	c.kv(t, "keys", object{"pattern": escaped}).decode(t, &found)
	if diff := cmp.Diff(found.Keys, []string{key}); diff != "" {
		t.Errorf("keys %q (-got +want):\n%s", escaped, diff)
	}
}

// TestTokensWithOneLetterWrong changes each character of a token in turn.
func TestTokensWithOneLetterWrong(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	for i, right := range token {
		wrong := "x"
		if right == 'x' {
			wrong = "y"
		}
		c := s.as(token[:i] + wrong + token[i+1:])
		r := c.refused(t, "get", object{"key": "a"}, http.StatusUnauthorized, "unauthorized")
		if r.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("WWW-Authenticate is %q", r.header.Get("WWW-Authenticate"))
		}
	}
	s.as(token).wants(t, "get", object{"key": "a"}, `{"value":null}`)
}
