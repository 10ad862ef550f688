// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// changingControl knows one API key, whose owner changes.
type changingControl struct {
	fakeControl
	owner atomic.Pointer[access.Principal]
}

func (c *changingControl) Authenticate(_ context.Context, t access.Token) (*access.Principal, error) {
	if p := c.owner.Load(); t == adminToken && p != nil && !p.Expired(time.Now()) {
		return p, nil
	}
	return nil, kv.ErrUnauthorized
}

// endlessBackups has one backup, of which nothing comes.
type endlessBackups struct{ handlers.Backups }

func (endlessBackups) Open(context.Context, string) (backups.Manifest, io.ReadCloser, error) {
	file, _ := io.Pipe()
	var m backups.Manifest
	m.ID, m.Size = "20300102T150405Z-k3v7x2ab", 1
	return m, file, nil
}

// A stream goes on for as long as its credential is valid, and ends within 5 s of that.
func TestStreamsEndWithTheirCredential(t *testing.T) {
	t.Parallel()
	admin := access.Principal{ID: "a", Permissions: access.SystemAdmin}
	for path, media := range map[string]string{
		"/api/kv/events": "text/event-stream", "/api/kv/backups/20300102T150405Z-k3v7x2ab/download": "application/gzip",
	} {
		for name, end := range map[string]func(c *changingControl){
			"revoked":             func(c *changingControl) { c.owner.Store(nil) },
			"permission narrowed": func(c *changingControl) { c.owner.Store(&access.Principal{Permissions: access.KvRead}) },
			"expired": func(c *changingControl) {
				ended := admin
				ended.ExpiresAt = time.Now()
				c.owner.Store(&ended)
			},
		} {
			t.Run(media+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					control := &changingControl{}
					control.owner.Store(&admin)
					service := lifecycle.New(control, lifecycle.Config{})
					run(t, service)
					api := handlers.New(handlers.Deps{Service: service, Control: control, Backups: endlessBackups{}})
					r := httptest.NewRequest(http.MethodGet, path, nil)
					r.Header.Set("Authorization", "Bearer "+string(adminToken))
					answer, ended := httptest.NewRecorder(), make(chan struct{})
					go func() {
						defer close(ended)
						defer func() { _ = recover() }() // a stream that is cut ends its connection
						api.ServeHTTP(answer, r)
					}()
					time.Sleep(time.Hour)
					select {
					case <-ended:
						t.Fatalf("answered %d %s", answer.Code, answer.Body)
					default:
					}
					end(control)
					began := time.Now()
					<-ended
					if took := time.Since(began); took > 5*time.Second {
						t.Errorf("it took %v", took)
					}
					if got := answer.Header().Get("Content-Type"); got != media {
						t.Errorf("got %s", got)
					}
				})
			})
		}
	}
}

// An export whose caller does not read ends with its token, and with its project.
func TestExportsEndWithTheirCredential(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, project int64){
		"token revoked": func(w *world, project int64) {
			path := fmt.Sprintf("/api/projects/%d/tokens", project)
			id := w.want(200, w.admin, "GET", path, "")["tokens"].([]any)[0].(map[string]any)["id"].(string)
			w.want(204, w.admin, "DELETE", path+"/"+id, "")
		},
		"project deleted": func(w *world, project int64) {
			w.want(204, w.admin, "DELETE", fmt.Sprintf("/api/projects/%d", project), "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnabledWorld(t)
			project := w.project("p")
			token := w.token(project, "")
			for i := range 24 {
				w.do(token, "set", fmt.Sprintf(`{"key":"%d","value":%q}`, i, strings.Repeat("x", 1<<20)))
			}
			closed := make(chan struct{})
			server := httptest.NewUnstartedServer(w.api)
			server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateClosed {
					close(closed)
				}
			}
			server.Start()
			t.Cleanup(server.Close)
			c, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, err = fmt.Fprintf(c, "POST /api/kv/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", token)
			if err != nil {
				t.Fatal(err)
			}
			var first [12]byte
			if _, err := io.ReadFull(c, first[:]); err != nil || string(first[:]) != "HTTP/1.1 200" {
				t.Fatalf("%q %v", first, err)
			}
			end(w, int64(project))
			<-closed // although nothing is read
			rest, _ := io.ReadAll(c)
			if strings.Contains(string(rest), `{"end"`) {
				t.Error("the export is complete")
			}
		})
	}
}
