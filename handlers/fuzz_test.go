// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FuzzBodies sends any body to any operation: none is answered with an inner error, and what the document
// refuses is refused.
func FuzzBodies(f *testing.F) {
	api := newDisabledAPI(f)
	operations := documentedBodies(f, api)
	for i, d := range operations {
		f.Add(uint8(i), []byte(d.example))
	}
	for _, seed := range []string{`{"key":"\ud800"}`, `{"key":"a","value":[[[1.0e-7]]],"px":1e3}`, `{"entries":[{}]}`, `{"a":1,"a":1}`} {
		f.Add(uint8(0), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		d := operations[int(n)%len(operations)]
		_, w := unwatched(api, d.method, d.path, d.token(body), string(body))
		if w.Code == http.StatusInternalServerError {
			t.Fatalf("%s %q: answered %d %s", d.path, body, w.Code, w.Body)
		}
		if !json.Valid(body) || !utf8.Valid(body) {
			if w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%s %q is not JSON: answered %d %s", d.path, body, w.Code, w.Body)
			}
			return
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err == nil && d.schema.Validate(value) != nil && !refused(w.Code) {
			t.Fatalf("%s %q: answered %d, while the document refuses it", d.path, body, w.Code)
		}
	})
}
