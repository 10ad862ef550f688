// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"testing"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// TestErrorText checks that an error says everything.
func TestErrorText(t *testing.T) {
	t.Parallel()
	for text, fault := range map[string]step{
		"kv incr: 422 invalid: See errors. body.key: is empty; body.amount: is large": answers(422, `{"code":"invalid","detail":"See errors.",`+
			`"errors":[{"location":"body.key","message":"is empty"},{"location":"body.amount","message":"is large"}]}`),
		"kv incr: 500 internal: Inner. (it may or may not have been applied: read before you repeat it) (request r1)": answers(500, `{"code":"internal","detail":"Inner.","request_id":"r1"}`),
		"kv incr: 413 UNEXPECTED_RESPONSE: the answer was Request Entity Too Large, and not from tempskv: it begins with \"<html>\"": answers(
			413, `<html>`),
		"kv incr: 307 UNEXPECTED_RESPONSE: the answer was Temporary Redirect, and not from tempskv: it redirects to https://other/, so use that address": answers(
			307, ``, "Location", "https://other/"),
		"kv incr: NETWORK_ERROR: the server was not reached: dial tcp: connection refused": refused,
		`kv incr: 200 UNEXPECTED_RESPONSE: "value" should be a number, and is a string (it may or may not have been applied: read before you repeat it)`: answers(
			200, `{"value":"1"}`),
	} {
		store := (&script{steps: []step{fault}}).client(t, kv.CallOptions{MaxRetries: -1})
		if _, err := store.Incr(t.Context(), "k", 1, nil); err == nil || err.Error() != text {
			t.Errorf("got  %v\nwant %s", err, text)
		}
	}
}
