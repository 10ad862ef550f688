// SPDX-License-Identifier: Apache-2.0

package podman_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
)

func TestCheckUpgrade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to string
		ok       bool
	}{
		{"Redis 6.0.16", "Redis 7.0.15", true},
		{"Redis 7.0.15", "Redis 7.0.15", true},
		{"Redis 7.0.9", "Redis 7.0.15", true},
		{"Redis 7.0.15", "Redis 8.0.2", true},
		{"Redis 7.2.4", "Valkey 8.1.1", true},
		{"Valkey 8.1.1", "Redis 8.0.2", true},
		{"Valkey 8.1.1", "Valkey 9.1.2", true},
		{"Redis 7.0.15", "Redis 7.0.9", false},
		{"Redis 7.0.15", "Redis 6.0.16", false},
		{"Redis 10.0", "Redis 9.9", false},
		{"Redis 7.4.0", "Valkey 8.1.1", false},
		{"Redis 8.0.2", "Valkey 9.1.2", false},
		{"Valkey 8.1.1", "Redis 7.0.15", false},
		{"Valkey 8.1.1", "Redis 7.4.1", false},
		{"Valkey 9.0", "Valkey 8.1", false},
	} {
		from, to := parse(t, tt.from), parse(t, tt.to)
		err := podman.CheckUpgrade(from, to)
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, kv.ErrConflict) {
			t.Errorf("%s to %s: %v", tt.from, tt.to, err)
		}
		if err != nil && !strings.Contains(err.Error(), tt.from+", and "+tt.to) {
			t.Errorf("%s to %s: %v does not name them", tt.from, tt.to, err)
		}
	}
}

// parse parses a build in the form that the servers print.
func parse(t *testing.T, text string) podman.Build {
	t.Helper()
	b, ok := podman.ParseBuild(strings.Replace(text, " ", " server v=", 1) + " sha=00000000:0 malloc=libc bits=64\n")
	if !ok {
		t.Fatalf("%s is not understood", text)
	}
	return b
}

func TestPullProgress(t *testing.T) {
	t.Parallel()
	var got []int
	err := podman.FollowPull(strings.NewReader(`{"status":"Already exists","progressDetail":{},"id":"d"}
{"status":"Pulling fs layer","progressDetail":{},"id":"a"}
{"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"a"}
{"status":"Downloading","progressDetail":{"current":50,"total":100},"id":"a"}
{"status":"Downloading","progressDetail":{"current":0,"total":100},"id":"b"}
{"status":"Downloading","progressDetail":{"current":100,"total":100},"id":"a"}
{"status":"Downloading","progressDetail":{"current":80,"total":100},"id":"b"}
{"status":"Download complete","progressDetail":{},"id":"b"}
{"status":"Download complete","progressDetail":{},"id":"c"}
`), func(percent int) { got = append(got, percent) })
	if want := []int{10, 50, 90, 100}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	err = podman.FollowPull(strings.NewReader(`{"error":"manifest unknown"}`), func(int) {})
	if err == nil || err.Error() != "manifest unknown" {
		t.Errorf("an error in the stream: %v", err)
	}
}
