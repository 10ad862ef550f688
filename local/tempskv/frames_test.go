// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// How many of our functions a set goes through, to the one that calls go-redis: from the first that net/http calls, or from that
// of the connection.
const (
	maxFrames     = 10
	maxFastFrames = 12
)

// TestFramesOfSet stops Redis, sends a set, and looks at the stack of the goroutine that waits for the reply.
func TestFramesOfSet(t *testing.T) {
	server := redistest.Start(t)
	const key = "tk_0123456789012345678901234567890123456789"
	env := map[string]string{"TEMPSKV_ADMIN_KEY": key, "HOME": t.TempDir()}
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard,
		lookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	dir, addr := filepath.Join(t.TempDir(), "data"), fmt.Sprintf("127.0.0.1:%d", redistest.ReservePort(t))
	ended := make(chan struct{})
	t.Cleanup(func() { <-ended })
	go func() {
		defer close(ended)
		a.run(t.Context(), []string{"serve", "--data", dir, "--addr", addr})
	}()
	// A request with this header is not of the usual form.
	slow := http.Header{"Pragma": {"no-cache"}}
	post := func(path, body string, header http.Header) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		maps.Copy(r.Header, header)
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if answer, _ := io.ReadAll(res.Body); res.StatusCode/100 != 2 {
			return fmt.Errorf("%s: %s", path, answer)
		}
		return nil
	}
	poll(t, func() error { return post("/api/projects", `{"name":"a","id":1}`, slow) })
	if err := post("/api/kv/enable", `{"engine":"external","redis_url":"redis://`+server.Addr+`"}`, slow); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, first string
		header      http.Header
		most        int
	}{
		{"net/http", "tracing.", slow, maxFrames},
		{"fast path", "server.(*fastConn).serve(", nil, maxFastFrames},
	} {
		t.Run(tt.name, func(t *testing.T) {
			http.DefaultClient.CloseIdleConnections()
			server.Stop()
			set := make(chan error, 1)
			go func() { set <- post("/api/kv/set", `{"project_id":1,"key":"a","value":1}`, tt.header) }()
			var frames []string
			poll(t, func() error {
				if frames = ourFrames("handlers.(*API).set("); len(frames) == 0 || !strings.Contains(frames[0], "redis.(*queue).deliver(") {
					return fmt.Errorf("no set waits for Redis: %v", frames)
				}
				return nil
			})
			server.Cont()
			if err := <-set; err != nil {
				t.Error(err)
			}
			slices.Reverse(frames)
			if !strings.Contains(frames[0], tt.first) {
				t.Errorf("the first frame is %s, want %s", frames[0], tt.first)
			}
			if len(frames) > tt.most {
				t.Errorf("set goes through %d frames, want %d at most:\n%s", len(frames), tt.most, strings.Join(frames, "\n"))
			}
		})
	}
}

// ourFrames returns the functions of this module in the goroutine that has one of that name, the innermost first, without
// those that go-redis calls.
func ourFrames(name string) []string {
	buffer := make([]byte, 8<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	for stack := range strings.SplitSeq(string(buffer), "\n\n") {
		if !strings.Contains(stack, name) {
			continue
		}
		_, stack, _ = strings.Cut(stack, "\n")
		var ours []string
		for line := range strings.Lines(stack) {
			switch {
			case strings.HasPrefix(line, "github.com/redis/go-redis/"):
				ours = nil
			case strings.HasPrefix(line, "github.com/tempskv/tempskv/"):
				ours = append(ours, strings.TrimSpace(line))
			}
		}
		return ours
	}
	return nil
}
