// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// ScanKeys returns the keys of all pages from a cursor on, sorted, each once.
func ScanKeys(t *testing.T, c Caller, pattern, cursor string) []string {
	t.Helper()
	keys := []string{}
	for {
		body := Object{"pattern": pattern, "limit": 100}
		if cursor != "" {
			body["cursor"] = cursor
		}
		var page struct {
			Keys   []string
			Cursor *string
		}
		c.KV(t, "scan", body).Decode(t, &page)
		keys = append(keys, page.Keys...)
		if page.Cursor == nil {
			slices.Sort(keys)
			return slices.Compact(keys)
		}
		cursor = *page.Cursor
	}
}

// FillKeys stores that many keys, a multiple of 1000, and returns the digest of them all. On a machine so busy that a write
// gets no answer in time it repeats that write, which stores the same again.
func FillKeys(t *testing.T, c Caller, n int) string {
	t.Helper()
	for from := 0; from < n; from += 1000 {
		var entries []Object
		for i := from; i < from+1000; i++ {
			entries = append(entries, Object{"key": fmt.Sprint("many:", i), "value": Object{"n": i}})
		}
		Eventually(t, "a thousand keys to be stored", func() string {
			if r := c.KV(t, "mset", Object{"entries": entries}); r.Status != http.StatusOK {
				return r.String()
			}
			return ""
		})
	}
	return DigestKeys(t, c, n)
}

// DigestKeys sums up what the keys that FillKeys stored hold.
func DigestKeys(t *testing.T, c Caller, n int) string {
	t.Helper()
	sum := sha256.New()
	for from := 0; from < n; from += 1000 {
		var keys []string
		for i := from; i < from+1000; i++ {
			keys = append(keys, fmt.Sprint("many:", i))
		}
		var answer struct{ Values []json.RawMessage }
		c.Must(t, http.MethodPost, "/api/kv/mget", Object{"keys": keys}, &answer)
		for i, v := range answer.Values {
			fmt.Fprintf(sum, "%s=%s\n", keys[i], v)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
