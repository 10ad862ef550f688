// SPDX-License-Identifier: Apache-2.0

package egress_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/egress"
	"github.com/tempskv/tempskv/infra/egress/egresstest"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	for host, refused := range map[string]bool{
		"169.254.169.254": true, "169.254.170.2": true, "169.254.0.1": true, "169.254.1.3": true, "fe80::1": true,
		"fe80::1%eth0": true, "febf::1": true, "fd00:ec2::254": true, "fd00:ec2::23": true,
		"::ffff:169.254.169.254": true, "::ffff:a9fe:a9fe": true, "64:ff9b::169.254.169.254": true, "224.0.0.1": true,
		"169.254.1.2": false, "169.253.1.1": false, "127.0.0.1": false, "::1": false, "10.0.0.1": false,
		"192.168.1.1": false, "172.16.0.1": false, "fd00::1": false, "fd00:ec3::254": false, "fec0::1": false,
		"2001:db8::1": false, "64:ff9b::10.0.0.1": false, "redis.example.com": false, "": false,
	} {
		err := egress.CheckHost(host)
		if _, ok := errors.AsType[*egress.Error](err); ok != refused || (err != nil) != refused {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// A name that resolves to such an address is as good as the address.
func TestNames(t *testing.T) {
	t.Parallel()
	dialer := net.Dialer{
		Timeout: time.Minute, Control: egress.Control,
		Resolver: egresstest.Resolver(t, [4]byte{169, 254, 169, 254}),
	}
	_, err := dialer.DialContext(t.Context(), "tcp", "metadata.example.com:80")
	if refused, ok := errors.AsType[*egress.Error](err); !ok || refused.Addr.String() != "169.254.169.254" {
		t.Errorf("a name that resolves there: %v", err)
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialer.Resolver = egresstest.Resolver(t, [4]byte{127, 0, 0, 1})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	conn, err := dialer.DialContext(t.Context(), "tcp", "server.example.com:"+port)
	if err != nil {
		t.Fatalf("a name of this machine: %v", err)
	}
	conn.Close()
}
