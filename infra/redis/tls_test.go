// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	addr := tlsFront(t, redistest.Start(t).Addr)
	s := open(t, redis.Config{URL: "rediss://" + addr + "?skip_verify=true", Coalesce: true})
	if n, err := s.Incr(t.Context(), 1, "k", 1, 0); n != 1 || err != nil {
		t.Errorf("Incr = %d, %v", n, err)
	}
	frozen := open(t, redis.Config{URL: "rediss://" + addr + "?skip_verify=true", ReadIdleTimeout: patience, StaleAfter: time.Nanosecond})
	for range 2 {
		if v, err := frozen.Get(t.Context(), 1, "k"); string(v) != "1" || err != nil {
			t.Errorf("Get with an idle timeout = %s, %v", v, err)
		}
	}
	_, err := redis.Open(t.Context(), patient(redis.Config{URL: "rediss://" + addr}))
	if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Open with a certificate of an unknown authority: %v", err)
	}
	_, err = redis.Open(t.Context(), patient(redis.Config{URL: "redis://" + addr, Timeout: 300 * time.Millisecond}))
	var refusal *kv.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), addr) {
		t.Errorf("Open without TLS: %v", err)
	}
}

// tlsFront listens with a self-signed certificate and forwards connections to addr.
func tlsFront(t *testing.T, addr string) string {
	t.Helper()
	l := tls.NewListener(redistest.Listen(t), &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
	redistest.Forward(l, addr, redistest.Copy, redistest.Copy)
	return l.Addr().String()
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{{127, 0, 0, 1}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
