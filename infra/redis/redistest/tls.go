// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Authority signs certificates for tests.
type Authority struct {
	CA string // path of the certificate of the authority

	tb   testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority whose files end with the test.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{tb: tb, dir: tb.TempDir()}
	a.CA, _ = a.issue(fmt.Sprintf("authority %d", time.Now().UnixNano()), &x509.Certificate{
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	})
	return a
}

// Issue makes a certificate for 127.0.0.1, for servers and clients, and returns the paths of it and of its key.
func (a *Authority) Issue(name string) (cert, key string) {
	a.tb.Helper()
	return a.issue(name, &x509.Certificate{
		IPAddresses: []net.IP{{127, 0, 0, 1}}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
}

func (a *Authority) issue(name string, c *x509.Certificate) (certPath, keyPath string) {
	a.tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.tb.Fatalf("redistest: %v", err)
	}
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if a.cert == nil {
		a.cert, a.key = c, private
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &private.PublicKey, a.key)
	if err != nil {
		a.tb.Fatalf("redistest: %v", err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.tb.Fatalf("redistest: %v", err)
	}
	certPath, keyPath = filepath.Join(a.dir, name+".crt"), filepath.Join(a.dir, name+".key")
	a.write(certPath, "CERTIFICATE", der)
	a.write(keyPath, "PRIVATE KEY", text)
	return certPath, keyPath
}

func (a *Authority) write(path, kind string, der []byte) {
	a.tb.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.tb.Fatalf("redistest: %v", err)
	}
}

// StartTLS starts a server that also listens with TLS, with a certificate of the authority, and returns that address.
// clients says whether it asks for certificates of clients: yes, no or optional.
func StartTLS(tb testing.TB, a *Authority, clients string, args ...string) (s *Server, addr string) {
	tb.Helper()
	cert, key := a.Issue("server")
	port := strconv.Itoa(ReservePort(tb))
	s = Start(tb, append([]string{"--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-ca-cert-file", a.CA, "--tls-auth-clients", clients}, args...)...)
	return s, fmt.Sprintf("127.0.0.1:%s", port)
}

// Pool returns a pool with the certificate of the authority.
func (a *Authority) Pool() *x509.CertPool {
	a.tb.Helper()
	text, err := os.ReadFile(a.CA)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		a.tb.Fatalf("redistest: the certificate of the authority: %v", err)
	}
	return pool
}
