// SPDX-License-Identifier: Apache-2.0

// Package egress keeps the program from connecting, on behalf of a user who may name a server, to link-local addresses,
// where clouds serve credentials without authentication. Private networks and loopback are allowed, since that is where
// servers are. Packages of infra that dial what they were told import it.
package egress

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// amazon is what link-local addresses are on Amazon's machines over IPv6, which it took from the private ones.
var amazon = netip.MustParsePrefix("fd00:ec2::/32")

// podman is what a container of rootless podman calls its host (host.containers.internal). Nobody else is there.
var podman = netip.MustParseAddr("169.254.1.2")

// translated is how IPv4 addresses are written for a NAT64, in the last 4 of 16 bytes.
var translated = netip.MustParsePrefix("64:ff9b::/96")

// Error is of an address that is not connected to.
type Error struct{ Addr netip.Addr }

func (e *Error) Error() string {
	return fmt.Sprintf("%s is a link-local address, where clouds keep credentials; no server is looked for there", e.Addr)
}

// Check returns an *Error if the program does not connect to the address.
func Check(addr netip.Addr) error {
	a := addr.Unmap().WithZone("")
	if translated.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a == podman || !a.IsLinkLocalUnicast() && !a.IsLinkLocalMulticast() && !amazon.Contains(a) {
		return nil
	}
	return &Error{addr}
}

// CheckHost is Check for a host that may be an address. A name passes: what it resolves to is only known by Control.
func CheckHost(host string) error {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil
	}
	return Check(addr)
}

// Control is for net.Dialer: it sees each address that a name came to, before it is connected to.
func Control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil // a Unix socket
	}
	return CheckHost(host)
}
