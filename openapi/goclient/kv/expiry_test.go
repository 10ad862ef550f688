// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

func TestTimeToLive(t *testing.T) {
	t.Parallel()
	store := connect(t)
	set(t, store, "k", 1)
	check := func(what string, done bool, err error, want bool, left time.Duration, exists bool) {
		t.Helper()
		ttl, found, err2 := store.TTL(t.Context(), "k")
		if err != nil || err2 != nil || done != want || found != exists || ttl > left || ttl < left-10*time.Minute {
			t.Errorf("%s: %v, %v; ttl %v, %v, %v", what, done, err, ttl, found, err2)
		}
	}
	done, err := store.Persist(t.Context(), "k")
	check("persist without one", done, err, false, kv.NoExpiry, true)
	done, err = store.Expire(t.Context(), "k", time.Hour-time.Nanosecond)
	check("expire", done, err, true, time.Hour, true)
	done, err = store.Persist(t.Context(), "k")
	check("persist", done, err, true, kv.NoExpiry, true)
	done, err = store.Expire(t.Context(), "k", -time.Nanosecond)
	check("expire in the past", done, err, true, 0, false)
	done, err = store.Expire(t.Context(), "k", time.Hour)
	check("expire of a missing key", done, err, false, 0, false)
	set(t, store, "k", 1)
	done, err = store.Expire(t.Context(), "k", time.Millisecond) // is a second, and not 0, which would delete it
	if !done || err != nil {
		t.Errorf("expire: %v, %v", done, err)
	}
}

// TestDurations checks what is sent.
func TestDurations(t *testing.T) {
	t.Parallel()
	s := &script{steps: []step{func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/expire") {
			return reply(200, done["expire"]), nil
		}
		return reply(200, `{"result":"OK","value":1}`), nil
	}}}
	store := s.client(t, kv.CallOptions{})
	for _, tt := range []struct {
		d            time.Duration
		set, seconds string
	}{
		{time.Hour, `"ex":3600`, `"seconds":3600`},
		{1500 * time.Millisecond, `"px":1500`, `"seconds":2`},
		{time.Nanosecond, `"px":1`, `"seconds":1`},
		{time.Second + time.Nanosecond, `"px":1001`, `"seconds":2`},
	} {
		_, err := store.Set(t.Context(), "k", 1, &kv.SetOptions{TTL: tt.d})
		expect(t, s.sent, tt.set, err)
		_, err = store.Incr(t.Context(), "k", 1, &kv.IncrOptions{TTL: tt.d})
		expect(t, s.sent, tt.set, err)
		err = store.MSet(t.Context(), kv.Entry{Key: "k", Value: 1, TTL: tt.d})
		expect(t, s.sent, tt.set, err)
		_, err = store.Expire(t.Context(), "k", tt.d)
		expect(t, s.sent, tt.seconds, err)
	}
	_, err := store.Expire(t.Context(), "k", -1500*time.Millisecond)
	expect(t, s.sent, `"seconds":-1`, err)
}

func expect(t *testing.T, sent []byte, part string, err error) {
	t.Helper()
	if err != nil || !bytes.Contains(sent, []byte(part)) {
		t.Errorf("sent %s, %v, want %s", sent, err, part)
	}
}
