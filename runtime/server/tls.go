// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificate is the certificate of a server and its key, as they are in two files. It follows the files.
type certificate struct {
	log        *slog.Logger
	changed    func(der []byte) // nil: nobody asks
	handshakes handshakes

	mu      sync.Mutex // of a change
	files   [2]string
	states  [2]os.FileInfo // of the files when they were read last
	current atomic.Pointer[tls.Certificate]
}

// loadTLS returns nil if there are no files.
func loadTLS(certFile, keyFile string) (*certificate, error) {
	if certFile == "" && keyFile == "" {
		return nil, nil
	}
	c := &certificate{handshakes: newHandshakes()}
	return c, c.load([2]string{certFile, keyFile})
}

// load takes the certificate from files, which it follows from now on.
func (c *certificate) load(files [2]string) error {
	states := stat(files)
	pair, err := tls.LoadX509KeyPair(files[0], files[1])
	if missing, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("TLS: cannot read %s: %w; see --tls-cert and --tls-key", missing.Path, missing.Err)
	}
	if err != nil {
		return fmt.Errorf("TLS: %s and %s are not a certificate and its key in PEM: %w", files[0], files[1], err)
	}
	if c.current.Load() != nil && time.Now().After(pair.Leaf.NotAfter) {
		return fmt.Errorf("TLS: the certificate in %s has expired at %s", files[0], pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	c.files, c.states = files, states
	c.current.Store(&pair)
	return nil
}

// stat looks at files, which may be missing.
func stat(files [2]string) (states [2]os.FileInfo) {
	for i, file := range files {
		states[i], _ = os.Stat(file)
	}
	return states
}

// replace takes the certificate from files. If that fails, the one in use stays.
func (c *certificate) replace(files [2]string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.der()
	if err := c.load(files); err != nil {
		return fmt.Errorf("%w; the certificate in use stays", err)
	}
	if der := c.der(); string(der) != string(before) {
		leaf := c.current.Load().Leaf
		c.log.Info("the certificate has changed", "file", files[0], "expires", leaf.NotAfter.UTC())
		if c.changed != nil {
			c.changed(der)
		}
	}
	return nil
}

// watchTime is how often the files are looked at.
const watchTime = 2 * time.Second

// watch replaces the certificate when its files change, until ctx ends.
func (c *certificate) watch(ctx context.Context) {
	tick := time.NewTicker(watchTime)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.follow()
		case <-ctx.Done():
			return
		}
	}
}

// follow replaces the certificate if its files have changed. A change that fails is reported once.
func (c *certificate) follow() {
	c.mu.Lock()
	files, known := c.files, c.states
	now := stat(files)
	c.states = now
	c.mu.Unlock()
	if same(known[0], now[0]) && same(known[1], now[1]) {
		return
	}
	if err := c.replace(files); err != nil {
		c.log.Error("a new certificate is not used", "error", err)
	}
}

// same reports whether a file is as it was: neither replaced nor written to.
func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func (c *certificate) der() []byte { return c.current.Load().Certificate[0] }

// config returns what a listener needs, nil for plain HTTP.
func (c *certificate) config() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			return nil, c.handshakes.begin(h.Context(), plain(h.Conn))
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
}

// Certificate returns the server's own certificate as DER, nil if it serves plain HTTP.
func (s *Server) Certificate() []byte {
	if s.cert == nil {
		return nil
	}
	return s.cert.der()
}

// LoadCertificate takes the certificate from these files, for new connections. If that fails, the one in use stays. A server
// also follows its files by itself.
func (s *Server) LoadCertificate(certFile, keyFile string) error {
	if s.cert == nil {
		return errors.New("the server speaks plain HTTP, which only a restart changes")
	}
	return s.cert.replace([2]string{certFile, keyFile})
}
