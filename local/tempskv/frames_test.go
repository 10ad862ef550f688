// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// maxFrames is how many of our functions a set goes through, from the first that net/http calls to the one that calls
// go-redis.
const maxFrames = 10

// TestFramesOfSet stops Redis, sends a set, and looks at the stacks of the goroutines that wait for the reply.
func TestFramesOfSet(t *testing.T) {
	server := redistest.Start(t)
	const key = "tk_0123456789012345678901234567890123456789"
	env := map[string]string{"TEMPSKV_ADMIN_KEY": key, "HOME": t.TempDir()}
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard,
		lookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	dir, addr := filepath.Join(t.TempDir(), "data"), fmt.Sprintf("127.0.0.1:%d", redistest.ReservePort(t))
	go a.run(t.Context(), []string{"serve", "--data", dir, "--addr", addr})
	post := func(path, body string) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+path, strings.NewReader(body))
		if err != nil {
			return err
		}
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
	poll(t, func() error { return post("/api/projects", `{"name":"a","id":1}`) })
	if err := post("/api/kv/enable", `{"engine":"external","redis_url":"redis://`+server.Addr+`"}`); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	set := make(chan error, 1)
	go func() { set <- post("/api/kv/set", `{"project_id":1,"key":"a","value":1}`) }()
	var request, sender []string
	poll(t, func() error {
		request, sender = ourFrames("handlers.(*API).set("), ourFrames("redis.(*queue).send(")
		if len(request) == 0 || len(sender) == 0 || !strings.Contains(request[0], "queue") {
			return fmt.Errorf("no set waits for Redis: %v, %v", request, sender)
		}
		return nil
	})
	server.Cont()
	if err := <-set; err != nil {
		t.Error(err)
	}
	slices.Reverse(request)
	slices.Reverse(sender)
	if all := append(request, sender...); len(all) > maxFrames {
		t.Errorf("set goes through %d frames, want %d at most:\n%s", len(all), maxFrames, strings.Join(all, "\n"))
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
