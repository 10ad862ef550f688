// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/runtime/server"
)

func TestListenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	cert, key := writeCertificate(t)
	_, otherKey := writeCertificate(t)
	none := filepath.Join(t.TempDir(), "none.pem")
	const loopback = "127.0.0.1:0"
	for _, tt := range []struct {
		name string
		cfg  server.Config
		want string
	}{
		{"port taken", server.Config{Addr: taken.Addr().String()}, "is taken by "},
		{"another setting", server.Config{Addr: taken.Addr().String(), Setting: "--metrics-addr"}, "another port with --metrics-addr"},
		{"foreign address", server.Config{Addr: "192.0.2.1:0"}, "no network interface of this machine"},
		{"unknown host", server.Config{Addr: "host.invalid:0"}, "the host of host.invalid:0 is not known"},
		{"no certificate", server.Config{Addr: loopback, CertFile: none, KeyFile: key}, "cannot read " + none},
		{"no key", server.Config{Addr: loopback, CertFile: cert, KeyFile: none}, "cannot read " + none},
		{"key of another", server.Config{Addr: loopback, CertFile: cert, KeyFile: otherKey}, "not a certificate and its key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := server.Listen(t.Context(), tt.cfg)
			if err == nil {
				t.Fatal("it listens", s.Close())
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestURLIsWhereThisMachineReachesIt(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:0": "http://127.0.0.1:",
		"localhost:0": "http://localhost:",
		"0.0.0.0:0":   "http://127.0.0.1:",
		":0":          "http://127.0.0.1:",
	} {
		s := listen(t, server.Config{Addr: addr}, http.NotFoundHandler())
		if got := s.URL(); !strings.HasPrefix(got, want) || strings.HasSuffix(got, ":0") {
			t.Errorf("%s: the URL is %s, want %s and a port", addr, got, want)
		}
		res, err := http.Post(s.URL(), "", nil)
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		res.Body.Close()
	}
}

// listen serves h on a real port until the test ends.
func listen(t *testing.T, cfg server.Config, h http.Handler) *server.Server {
	t.Helper()
	s, err := server.Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(ctx, h, fastPaths...)
	}()
	t.Cleanup(func() {
		cancel()
		<-served
	})
	return s
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.NotFoundHandler())
	for size, want := range map[int]int{15 << 10: http.StatusNotFound, 32 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Large", strings.Repeat("x", size))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("headers of %d bytes: %d, want %d", size, res.StatusCode, want)
		}
	}
}

// Only a user without privileges sees this one by listening.
func TestReservedPort(t *testing.T) {
	t.Parallel()
	err := server.Explain(&net.OpError{Op: "listen", Err: syscall.EACCES}, ":80", "--addr")
	if want := "choose a higher one with --addr"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
