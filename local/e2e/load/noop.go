// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	httpserver "github.com/tempskv/tempskv/runtime/server"
)

// noopCommand is the first argument with which the program serves noop, in its own process.
const noopCommand = "noop"

// What the no-op is served by.
const (
	netHTTP  = "net/http"
	fastPath = "fast path"
)

// serveNoop serves noop until ctx ends.
func serveNoop(ctx context.Context, by, addr string, t access.Token) error {
	h := noop(t)
	if by == fastPath {
		s, err := httpserver.Listen(ctx, httpserver.Config{Addr: addr})
		if err != nil {
			return err
		}
		var paths []string
		for op := range noopOperations() {
			paths = append(paths, "/api/kv/"+op)
		}
		return s.Serve(ctx, h, paths...)
	}
	s := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	return s.ListenAndServe()
}

// operation reads the body of a request, and returns the answer.
type operation func(body io.Reader) (answer []byte, err error)

// noop is the least that a gateway does: it checks the token, decodes the body and answers a constant.
func noop(t access.Token) http.Handler {
	principals := map[access.TokenHash]*access.Principal{t.Hash(): {}}
	operations := noopOperations()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		t := access.Token(bearer)
		if !t.Plausible() || principals[t.Hash()] == nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		do := operations[strings.TrimPrefix(r.URL.Path, "/api/kv/")]
		if do == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		answer, err := do(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})
}

// noopOperations are the operations by their names.
func noopOperations() map[string]operation {
	values := map[kv.Key][]byte{
		mediumKey: []byte(`{"value":` + mediumValue + `}`),
		largeKey:  []byte(`{"value":` + largeValue + `}`),
	}
	small, done, counted := []byte(`{"value":`+smallValue+`}`), []byte(`{"result":"OK"}`), []byte(`{"value":1}`)
	many := []byte(`{"values":[` + strings.Repeat(smallValue+",", manyKeys-1) + smallValue + `]}`)
	type keyed struct {
		Key kv.Key `json:"key"`
	}
	type entry struct {
		Key   kv.Key          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	return map[string]operation{
		"get": decoded(func(in *keyed) ([]byte, error) {
			if answer := values[in.Key]; answer != nil {
				return answer, nil
			}
			return small, in.Key.Validate()
		}),
		"incr": decoded(func(in *keyed) ([]byte, error) { return counted, in.Key.Validate() }),
		"set":  decoded(func(in *entry) ([]byte, error) { return done, in.Key.Validate() }),
		"mget": decoded(func(in *struct{ Keys []kv.Key }) ([]byte, error) { return many, validate(len(in.Keys)) }),
		"mset": decoded(func(in *struct{ Entries []entry }) ([]byte, error) { return done, validate(len(in.Entries)) }),
	}
}

// decoded is an operation whose request is JSON.
func decoded[T any](answer func(*T) ([]byte, error)) operation {
	return func(body io.Reader) ([]byte, error) {
		var in T
		if err := json.NewDecoder(body).Decode(&in); err != nil {
			return nil, err
		}
		return answer(&in)
	}
}

func validate(keys int) error {
	if keys == 0 {
		return fmt.Errorf("there is no key")
	}
	return nil
}
