// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// writeCertificate makes a certificate for 127.0.0.1 and returns the paths of it and its key.
func writeCertificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	return writeCertificateUntil(t, t.TempDir(), time.Now().Add(time.Hour))
}

func writeCertificateUntil(t *testing.T, dir string, end time.Time) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     end,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, dir, "CERTIFICATE", cert), writePEM(t, dir, "PRIVATE KEY", der)
}

func writePEM(t *testing.T, dir, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, kind+".pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// secure serves h over TLS and returns a client that trusts it.
func secure(t *testing.T, cfg server.Config, h http.Handler) (*server.Server, *http.Client) {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	cfg.CertFile, cfg.KeyFile = writeCertificate(t)
	s := listen(t, cfg, h)
	cert, err := x509.ParseCertificate(s.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return s, &http.Client{Transport: tr}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s, client := secure(t, server.Config{}, http.NotFoundHandler())
	res, err := client.Post(s.URL(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.ProtoMajor != 2 {
		t.Errorf("it speaks %s, want HTTP/2", res.Proto)
	}
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}
	if c, err := tls.Dial("tcp", s.URL()[len("https://"):], old); err == nil {
		c.Close()
		t.Error("it speaks TLS 1.1")
	}
}

// TestCertificateFollowsItsFiles changes the files of a certificate: one that can be used is taken without a restart.
func TestCertificateFollowsItsFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const look = 3 * time.Second // longer than until the server looks again
		dir := t.TempDir()
		cert, key := writeCertificateUntil(t, dir, time.Now().Add(time.Hour))
		var log lines
		var told atomic.Pointer[[]byte]
		p := newPipes()
		s := server.ListenOn(p, server.Config{
			CertFile: cert, KeyFile: key, Log: log.logger(slog.LevelInfo), CertificateChanged: func(der []byte) { told.Store(&der) },
		})
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, http.NotFoundHandler(), fastPaths...) }()
		shown := func() []byte {
			raw, err := p.dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			return c.ConnectionState().PeerCertificates[0].Raw
		}
		time.Sleep(look)
		first := shown()
		if told.Load() != nil || log.String() != "" {
			t.Errorf("nothing has changed, and the log is %s", &log)
		}
		writeCertificateUntil(t, dir, time.Now().Add(2*time.Hour))
		time.Sleep(look)
		second := shown()
		if bytes.Equal(second, first) || told.Load() == nil || !bytes.Equal(*told.Load(), second) {
			t.Error("the new certificate is not used")
		}
		writeCertificateUntil(t, dir, time.Now().Add(-time.Minute))
		time.Sleep(2 * look)
		if n := strings.Count(log.String(), "has expired at"); n != 1 || !bytes.Equal(shown(), second) {
			t.Errorf("one that has expired: %d lines in the log", n)
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(look)
		if err := s.LoadCertificate(cert, key); !strings.Contains(log.String(), "cannot read "+key) || err == nil {
			t.Errorf("a key that is gone: %v; the log is %s", err, &log)
		}
		if !bytes.Equal(shown(), second) {
			t.Error("the certificate in use is gone")
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func TestStalledStreamIsGivenUp(t *testing.T) {
	t.Parallel()
	growing(t, time.Second, func(grace time.Duration) error {
		ended := make(chan error, 1)
		s, client := secure(t, server.Config{Grace: grace, MinRate: 1 << 20},
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/large" {
					return
				}
				_, err := w.Write(make([]byte, 64<<20))
				ended <- err
			}))
		res, err := client.Post(s.URL()+"/large", "", nil)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if err := <-ended; err == nil {
			t.Error("all of it was written, and nothing read")
		}
		other, err := client.Post(s.URL(), "", nil)
		if err != nil {
			return fmt.Errorf("another stream of the connection: %w", err)
		}
		other.Body.Close()
		return nil
	})
}

func TestStreamMayRest(t *testing.T) {
	t.Parallel()
	growing(t, time.Second, func(grace time.Duration) error {
		read := make(chan struct{})
		s, client := secure(t, server.Config{Grace: grace},
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "a")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-read:
				case <-r.Context().Done():
				}
				<-time.After(2 * grace)
				_, _ = io.WriteString(w, "b")
			}))
		res, err := client.Post(s.URL(), "", nil)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if _, err := io.CopyN(io.Discard, res.Body, 1); err != nil {
			return err
		}
		close(read)
		if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "b" {
			return fmt.Errorf("got %q, %w", rest, err)
		}
		return nil
	})
}
