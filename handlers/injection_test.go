// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// forged begins a new line in a log, colours a terminal, changes its title and clears it.
const forged = "x\r\ntime=2030-01-02T15:04:05Z level=INFO msg=forged\u2028\x1b[2J\x1b]0;title\x07\u009b31m"

// faulty is a store whose errors hold what the caller sent, as those of a server may.
type faulty struct{ kv.Store }

func (faulty) Get(_ context.Context, _ kv.ProjectID, key kv.Key) (kv.Value, error) {
	return nil, errors.New("no luck with " + string(key))
}
func (faulty) Close() error { return nil }

// What callers send ends up in a log as part of one line, without what a terminal obeys, in both of its forms.
func TestLogsCannotBeForged(t *testing.T) {
	t.Parallel()
	obeyed := map[string]string{"text": "\x1b\r\x07\u2028\u009b", "JSON": "\x1b\r\x07\u2028"} // JSON is for programs
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var text bytes.Buffer
		log := slog.New(&locked{Handler: handler(&text)})
		service := lifecycle.New(fakeControl{}, lifecycle.Config{
			Engines: map[engine.Name]engine.Driver{engine.Embedded: {Engine: fakeEngine{faulty{}}}},
			Choose:  func(context.Context) engine.Name { return engine.Embedded },
		})
		run(t, service)
		if _, err := service.Enable(t.Context(), engine.Change{}); err != nil {
			t.Fatal(err)
		}
		api := handlers.New(handlers.Deps{Service: service, Control: fakeControl{}, Log: log})
		key, err := json.Marshal(forged)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/api/kv/get", strings.NewReader(fmt.Sprintf(`{"key":%s}`, key)))
		r.Header["X-Request-Id"], r.Header["User-Agent"] = []string{forged}, []string{forged}
		r.Header.Set("Authorization", "Bearer "+string(projectToken))
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "forged") {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
		if !strings.Contains(text.String(), "no luck with") || strings.Count(text.String(), "\n") != 1 ||
			strings.ContainsAny(text.String(), obeyed[name]) {
			t.Errorf("%s: the log is %q", name, text.String())
		}
	}
}

// locked has one goroutine write at a time.
type locked struct {
	slog.Handler
	mu sync.Mutex
}

func (l *locked) Handle(ctx context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Handler.Handle(ctx, r)
}

// Ids in paths are ids, whatever else they may mean to a file system, a proxy or a database.
func TestIDsThatMeanAnother(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	w.project("one")
	ids := []string{
		".", "..", "../1", "1/../1", "1/.", "01", "+1", "-1", "0", "1 ", "1e0", "0x1", "1.0", "1,2", "1;2", "1'--", "1\x00", "1\r\n",
		"\uff11", "\u0661", "*", "%", "null", "9223372036854775808", strings.Repeat("1", 5000), "1?x=1", "1#", "tokens", `1\..\1`,
	}
	for _, r := range w.routes() {
		if !strings.Contains(r.path, "{") {
			continue
		}
		for _, id := range ids {
			path := r.path
			for _, name := range []string{"{id}", "{token_id}"} {
				path = strings.Replace(path, name, url.PathEscape(id), 1)
			}
			answer := call(w.api, r.method, path, w.admin, `{"name":"x"}`)
			if answer.Code != http.StatusNotFound && answer.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s %.100s: answered %d %s", r.method, path, answer.Code, answer.Body)
			}
		}
	}
	if got := w.want(200, w.admin, "GET", "/api/projects", "")["projects"].([]any); len(got) != 1 {
		t.Errorf("there are projects: %v", got)
	}
}

// A page can have a browser post text without asking anybody first, with the cookies of another site or none.
func TestWhatAFormCanSend(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	for _, mediaType := range []string{
		"text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"text/plain; application/json", "application/json, text/plain", "application/jsonp", "text/json", "application/",
	} {
		for _, r := range w.routes() {
			row := matrix[r.id]
			if r.method != http.MethodPost || row.path != "" || row.body == "" {
				continue
			}
			request := httptest.NewRequest(r.method, r.path, strings.NewReader(row.body))
			request.Header.Set("Content-Type", mediaType)
			request.Header.Set("Authorization", "Bearer "+w.admin)
			answer := httptest.NewRecorder()
			w.api.ServeHTTP(answer, request)
			if p := problemOf(t, answer); p.Code != "unsupported_media_type" {
				t.Errorf("%s with %s: got %d %s", r.path, mediaType, p.Status, p.Code)
			}
		}
	}
}
