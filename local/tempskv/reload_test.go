// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"crypto/tls"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// awaitLog returns the next line of the log that holds text.
func (p *piped) awaitLog(t *testing.T, text string) string {
	t.Helper()
	if p.lines == nil {
		p.lines = bufio.NewReader(p.stderr)
	}
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			t.Fatalf("there is no %q in the log: %v", text, err)
		}
		if strings.Contains(line, text) {
			return line
		}
	}
}

func (p *piped) hangUp(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHangupReadsSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "tempskv.yaml")
	writeFile(t, file, "max-value: 1mb\nrate-limit-token: 100\n")
	p := servePiped(t, dir, "--drain-delay", "0s")
	allowed := func() string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.local.URL+"/api/kv/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.local.Token)
		req.Header.Set("Origin", "https://a.example")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("answered %s", res.Status)
		}
		return res.Header.Get("Access-Control-Allow-Origin")
	}
	if got := allowed(); got != "" {
		t.Errorf("%s is allowed", got)
	}
	writeFile(t, file, "max-value: 2mb\nrate-limit-token: none\ncors-origin: https://a.example\nlog-level: debug\n")
	p.hangUp(t)
	line := p.awaitLog(t, "the settings were read again")
	for _, name := range []string{"cors-origin", "rate-limit-token", "log-level"} {
		if !strings.Contains(line, `"`+name+`"`) {
			t.Errorf("%s has not changed: %s", name, line)
		}
	}
	if line := p.awaitLog(t, "change at the next start"); !strings.Contains(line, `["max-value"]`) {
		t.Errorf("max-value is not named: %s", line)
	}
	if got := allowed(); got != "https://a.example" {
		t.Errorf("%q is allowed", got)
	}
	p.awaitLog(t, `"route":"GET /api/kv/status"`)
	writeFile(t, file, "cors-origin: nowhere\n")
	p.hangUp(t)
	if line := p.awaitLog(t, "the settings stay as they are"); !strings.Contains(line, "tempskv.yaml:1: cors-origin") {
		t.Errorf("it does not say what is wrong: %s", line)
	}
	if got := allowed(); got != "https://a.example" {
		t.Errorf("%q is allowed", got)
	}
	p.terminate(t)
}

// TestCertificateIsReplaced changes the files of a certificate while a server runs: it takes the new one without a signal, and
// commands of this machine know it.
func TestCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	renew := func() {
		if err := writeCertificate(cert, key); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	p := servePiped(t, filepath.Join(dir, "data"), "--tls-cert", cert, "--tls-key", key, "--drain-delay", "0s")
	shown := func() string {
		c, err := tls.Dial("tcp", strings.TrimPrefix(p.local.URL, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return fingerprint(c.ConnectionState().PeerCertificates[0].Raw)
	}
	first := shown()
	if first != p.local.Certificate {
		t.Error("the commands know another certificate")
	}
	renew()
	p.awaitLog(t, "the certificate has changed")
	second := shown()
	if second == first {
		t.Error("the old certificate is shown")
	}
	poll(t, func() error {
		local, err := readClientFile(filepath.Join(dir, "data"))
		if err == nil && local.Certificate != second {
			err = os.ErrNotExist
		}
		return err
	})
	writeFile(t, cert, "no certificate\n")
	if line := p.awaitLog(t, "a new certificate is not used"); !strings.Contains(line, cert) || !strings.Contains(line, "PEM") {
		t.Errorf("it does not say what is wrong: %s", line)
	}
	if shown() != second {
		t.Error("the certificate in use is gone")
	}
	p.hangUp(t)
	p.awaitLog(t, "a new certificate is not used")
	if shown() != second {
		t.Error("the certificate in use is gone")
	}
	p.terminate(t)
}
