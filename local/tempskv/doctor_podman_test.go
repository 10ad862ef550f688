// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/engine"
)

// service answers as podman's does that has a certain version and may be rootless, and returns the URI of its socket.
func service(t *testing.T, version string, rootless bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Libpod-API-Version", version)
		_, _ = fmt.Fprintf(w, `{"host":{"cgroupVersion":"v1","security":{"rootless":%t}},"version":{"Version":%q}}`,
			rootless, version)
	}))
	s.Listener = listener
	s.Start()
	t.Cleanup(s.Close)
	return "unix://" + path
}

func TestDoctorChecksPodman(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		version  string
		rootless bool
		ok       bool
		do       string
	}{
		{"4.3.1", false, true, ""},
		{"5.8.6", false, true, ""},
		{"4.3.0", false, false, "install podman 4.3.1 or newer"},
		{"3.4.4", false, false, "install podman 4.3.1 or newer"},
		{"5.4.2", true, true, "podman cannot limit memory"},
	} {
		t.Run(fmt.Sprint(tt.version, tt.rootless), func(t *testing.T) {
			t.Parallel()
			f := checkPodman(t.Context(), service(t, tt.version, tt.rootless), engine.Podman)
			if f.OK != tt.ok || !strings.Contains(f.Text+f.Do, tt.do) || !strings.Contains(f.Text, tt.version) {
				t.Errorf("got %+v, want %v and what to do: %s", f, tt.ok, tt.do)
			}
			if tt.do == "" && f.Do != "" {
				t.Errorf("got a hint: %s", f.Do)
			}
		})
	}
}
