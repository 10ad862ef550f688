// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package proxies_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// hosts are the names that the page uses: one for a server at the root, one for a server below a path.
var hosts = []string{"kv.example.com", "example.com"}

// shown returns the configurations of one kind in the page about reverse proxies: that of a server, and that of one below a path.
// Addresses, ports and files in them are replaced.
func shown(t *testing.T, kind string, replace ...string) (server, below string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(e2e.Root, "local", "docs", "reverse-proxies.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```"+kind+"\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d configurations of %s", len(blocks), kind)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(blocks[0][1]+blocks[1][1], replace[i]) {
			t.Errorf("the page does not have %q, which is replaced", replace[i])
		}
	}
	to := strings.NewReplacer(replace...)
	return to.Replace(blocks[0][1]), to.Replace(blocks[1][1])
}

// certify writes a certificate for hosts and its key, and returns clients' settings that trust it.
func certify(t *testing.T, certFile, keyFile string) *tls.Config {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: hosts, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pool, text := x509.NewCertPool(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	pool.AppendCertsFromPEM(text)
	if err := errors.Join(
		os.WriteFile(certFile, text, 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{RootCAs: pool}
}

// front is a proxy as its clients reach it.
type front struct {
	*testing.T
	*http.Client
	name string
}

// serve starts a proxy, which ends with the test, and returns once it accepts connections. Its clients have the address 127.0.0.2.
func serve(t *testing.T, cmd *exec.Cmd, trust *tls.Config, port int) front {
	t.Helper()
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	dial := func(ctx context.Context) (net.Conn, error) {
		return from.DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // on which nginx ends its workers too
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if <-exited; t.Failed() {
			t.Log(e2e.Tail(log.String()))
		}
	})
	e2e.Eventually(t, "the proxy listens", func() string {
		select {
		case <-exited:
			t.Fatalf("the proxy ended: %s", &log)
		default:
		}
		conn, err := dial(t.Context())
		if err != nil {
			return err.Error()
		}
		_ = conn.Close()
		return ""
	})
	dialAny := func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	client := &http.Client{Timeout: e2e.Patience, Transport: &http.Transport{DialContext: dialAny, TLSClientConfig: trust, ForceAttemptHTTP2: true}}
	t.Cleanup(client.CloseIdleConnections)
	return front{t, client, filepath.Base(cmd.Path)}
}

// look skips the test if a program is not there.
func look(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		e2e.LeaveOut(t, "skipped: this test needs %s (Debian: apt install %s)", program, program)
	}
	return path
}
