// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package hostile_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/tempskv/tempskv/local/e2e"
)

// head returns the beginning of a request with a body of that length.
func (v *victim) head(path string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", path, v.hostile, length)
}

// unfinished sends all of a body but its last byte, n times.
func (v *victim) unfinished(n int, path string, length int) {
	body := bytes.Repeat([]byte(" "), length-1)
	v.many(n, func(c net.Conn) {
		fmt.Fprint(c, v.head(path, length))
		_, _ = c.Write(body) // most are refused
	})
}

func unfinishedSignIns(v *victim) { v.unfinished(1200, "/api/session", 1<<20) }
func unfinishedBodies(v *victim)  { v.unfinished(1200, "/api/kv/set", 1<<20) }
func unfinishedBatches(v *victim) { v.unfinished(9, "/api/kv/mset", 16<<20) }

// stalled is a body that stalls.
type stalled struct {
	io.Reader
	reached *sync.WaitGroup
	release <-chan struct{}
}

func (s *stalled) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err == io.EOF && s.reached != nil {
		s.reached.Done()
		s.reached = nil
		<-s.release
	}
	return n, err
}

// unfinishedStreams sends 200 bodies of 1 MiB over each of two connections of HTTP/2.
func unfinishedStreams(v *victim) {
	var reached sync.WaitGroup
	for range 2 {
		transport := &http.Transport{TLSClientConfig: v.tls(), ForceAttemptHTTP2: true, MaxConnsPerHost: 1}
		v.keep(transport.CloseIdleConnections)
		client := &http.Client{Transport: transport}
		for range 200 {
			reached.Add(1)
			body := &stalled{bytes.NewReader(make([]byte, 1<<20-1)), &reached, v.stop}
			v.attackers.Go(func() {
				defer func() {
					if body.reached != nil {
						reached.Done()
					}
				}()
				r, err := http.NewRequest(http.MethodPost, v.URL+"/api/kv/set", body)
				if err != nil {
					panic(err)
				}
				r.ContentLength = 1 << 20
				r.Header.Set("Authorization", "Bearer "+v.hostile)
				if res, err := client.Do(r); err == nil {
					_ = res.Body.Close()
				}
			})
		}
	}
	reached.Wait()
}

// unread sends a request n times and reads the first byte of its answer.
func (v *victim) unread(n int, path, body string) {
	v.many(n, func(c net.Conn) {
		fmt.Fprint(c, v.head(path, len(body))+body)
		_, _ = io.ReadFull(c, make([]byte, 1))
	})
}

func unreadAnswers(v *victim) { v.unread(200, "/api/kv/get", `{"key":"large"}`) }

// unreadExports begins exports, and has the project write all the time.
func unreadExports(v *victim) {
	v.unread(8, "/api/kv/export", `{}`)
	value := strings.Repeat("v", 64<<10)
	for i := range 1000 {
		v.post(v.hostile, "/api/kv/set", e2e.Object{"key": fmt.Sprint("k", i%100), "value": value})
	}
}

// dearPatterns has four clients scan long keys by a pattern that takes long to match, as often as they can.
func dearPatterns(v *victim) {
	for i := range 10 {
		var entries []e2e.Object
		for j := range 100 {
			entries = append(entries, e2e.Object{"key": fmt.Sprintf("%s%d.%d", strings.Repeat("a", 32<<10-10), i, j), "value": 1})
		}
		v.post(v.hostile, "/api/kv/mset", e2e.Object{"entries": entries})
	}
	pattern := "*" + strings.Repeat("[^b-c]", 42)
	var scans sync.WaitGroup
	for range 4 {
		scans.Go(func() {
			for range 25 {
				v.post(v.hostile, "/api/kv/keys", e2e.Object{"pattern": pattern})
			}
		})
	}
	scans.Wait()
}

// newIdempotencyKeys counts with a new key each time.
func newIdempotencyKeys(v *victim) {
	v.parallel(12_000, func(client *http.Client, i int) {
		r, err := http.NewRequest(http.MethodPost, v.URL+"/api/kv/incr", strings.NewReader(`{"key":"n"}`))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Authorization", "Bearer "+v.hostile)
		r.Header.Set("Idempotency-Key", fmt.Sprint("key ", i))
		if res, err := client.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}

// signIns signs in with one API key that may hardly do anything.
func signIns(v *victim) {
	var key struct{ Token string }
	v.must(e2e.AdminKey, "/api/api-keys", e2e.Object{"name": "k", "permissions": []string{"KvRead"}}).Decode(v.T, &key)
	v.parallel(2000, func(*http.Client, int) { v.post("", "/api/session", e2e.Object{"token": key.Token}) })
}

// parallel does something n times, eight at a time.
func (v *victim) parallel(n int, do func(client *http.Client, i int)) {
	transport := &http.Transport{TLSClientConfig: v.tls(), MaxIdleConnsPerHost: 8}
	defer transport.CloseIdleConnections()
	var all sync.WaitGroup
	for first := range 8 {
		all.Go(func() {
			for i := first; i < n; i += 8 {
				do(&http.Client{Transport: transport}, i)
			}
		})
	}
	all.Wait()
}
