// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// noopCommand is the first argument with which the program serves noop, in its own process.
const noopCommand = "noop"

func serveNoop(addr string, t access.Token) error {
	s := &http.Server{Addr: addr, Handler: noop(t), ReadHeaderTimeout: 5 * time.Second}
	return s.ListenAndServe()
}

// noop is the least that a gateway on net/http does: it checks the token, decodes the body and answers a constant.
func noop(t access.Token) http.Handler {
	principals := map[access.TokenHash]*access.Principal{t.Hash(): {}}
	answer := []byte(`{"value":` + smallValue + `}`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		t := access.Token(bearer)
		if !t.Plausible() || principals[t.Hash()] == nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var in struct {
			Key kv.Key `json:"key"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Key.Validate() != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})
}
