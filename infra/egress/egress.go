// SPDX-License-Identifier: Apache-2.0

// Package egress keeps the program from connecting, on behalf of a user who may name a server, to link-local addresses
// and others where clouds serve credentials without authentication. Private networks and loopback are allowed, since that is
// where servers are. Packages of infra that dial what they were told import it.
package egress

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// metadata are addresses that are not link-local where clouds serve credentials.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("fd00:ec2::/32"),      // Amazon: what link-local addresses are over IPv6
	netip.MustParsePrefix("fd20:ce::254/128"),   // Google
	netip.MustParsePrefix("fd00:42::42/128"),    // Scaleway
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba
}

// podman is what a container of rootless podman calls its host (host.containers.internal). Nobody else is there.
var podman = netip.MustParseAddr("169.254.1.2")

// Error is of an address that is not connected to.
type Error struct{ Addr netip.Addr }

func (e *Error) Error() string {
	return fmt.Sprintf("%s is a link-local address, or leads to one, where clouds keep credentials; no server is looked for there",
		e.Addr)
}

// Check returns an *Error if the program does not connect to the address, or to an IPv4 address that it holds.
func Check(addr netip.Addr) error {
	a := addr.Unmap().WithZone("")
	if refused(a) || slices.ContainsFunc(embedded(a), refused) {
		return &Error{addr}
	}
	return nil
}

// refused reports whether the program does not connect to an address, whatever it holds.
func refused(a netip.Addr) bool {
	return a != podman && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast() ||
		slices.ContainsFunc(metadata, func(p netip.Prefix) bool { return p.Contains(a) }))
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
