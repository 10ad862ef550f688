// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
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
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		_, token := s.CreateProject("p")
		c := s.As(token)
		for _, key := range keys {
			c.Expect(t, "set", e2e.Object{"key": key, "value": 41}, `{"result":"OK"}`)
			c.Expect(t, "incr", e2e.Object{"key": key}, `{"value":42}`)
		}
		found := map[string]bool{}
		for _, key := range e2e.ScanKeys(t, c, "*", "") {
			found[key] = true
		}
		for _, key := range keys {
			if !found[key] {
				t.Errorf("scan does not find %.80q", key)
			}
			c.Expect(t, "get", e2e.Object{"key": key}, `{"value":42}`)
			if len(key) < 100 {
				findsByPattern(t, c, key)
			}
		}
		c.Expect(t, "exists", e2e.Object{"keys": keys}, `{"exists":24}`)
		c.Expect(t, "del", e2e.Object{"keys": keys}, `{"deleted":24}`)
	})
}

// findsByPattern asks for a key by a pattern that matches nothing else.
func findsByPattern(t *testing.T, c e2e.Caller, key string) {
	t.Helper()
	escaped := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(key)
	var found struct{ Keys []string }
	c.KV(t, "keys", e2e.Object{"pattern": escaped}).Decode(t, &found)
	if diff := cmp.Diff(found.Keys, []string{key}); diff != "" {
		t.Errorf("keys %q (-got +want):\n%s", escaped, diff)
	}
}

// TestTokensWithOneLetterWrong changes each character of a token in turn.
func TestTokensWithOneLetterWrong(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	for i, right := range token {
		wrong := "x"
		if right == 'x' {
			wrong = "y"
		}
		c := s.As(token[:i] + wrong + token[i+1:])
		r := c.ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusUnauthorized, "unauthorized")
		if r.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("WWW-Authenticate is %q", r.Header.Get("WWW-Authenticate"))
		}
	}
	s.As(token).Expect(t, "get", e2e.Object{"key": "a"}, `{"value":null}`)
}
