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
		"::ffff:169.254.169.254%eth0": true, "ff02::1": true, "ff01::1": true,
		"fd20:ce::254": true, "fd00:ec2:0:1::1": true, "fd00:42::42": true, "100.100.100.200": true,
		"::169.254.169.254": true, "::a9fe:a9fe": true, "::ffff:0:169.254.169.254": true, // IPv4-compatible and -translated
		"2002:a9fe:a9fe::": true, "2002:a9fe:a9fe:1::5": true, "2002:6464:64c8::1": true, // 6to4
		"64:ff9b:1::169.254.169.254": true, "64:ff9b:1:a9fe:a9:fe00::": true, "64:ff9b:1:a9:fe:a9fe::": true,
		"64:ff9b:1:1:a9:fea9:fe00:0": true,                                          // NAT64, with prefixes of 96, 48, 56 and 64 bits
		"2001:0:a9fe:a9fe::1":        true, "2001:0:102:304:0:ffff:5601:5601": true, // Teredo: server and client
		"2001:db8::5efe:169.254.169.254": true, "2001:db8::200:5efe:a9fe:a9fe": true, // ISATAP
		"::10.0.0.1": false, "::ffff:0:10.0.0.1": false, "2002:a00:1::1": false, "64:ff9b:1::10.0.0.1": false,
		"2001:0:102:304:0:ffff:f5ff:fffe": false, "2001:1:a9fe:a9fe::": false, "2003:a9fe:a9fe::": false,
		"2001:db8::169.254.169.254": false, "fd20:ce::253": false, "fd20::254": false, "100.100.100.201": false,
		"2002:a9fe:102::": false, "::": false, "0.0.0.0": false,
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
