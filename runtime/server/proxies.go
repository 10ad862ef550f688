// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardedProto is the header by which a proxy says how the client reached it.
const forwardedProto = "X-Forwarded-Proto"

// behindProxies returns h, which sees as RemoteAddr of a request the client's address: of what trusted proxies sent on, as
// they tell it. It sees forwardedProto only of them. Without any, wrap removes that.
func (s *Server) behindProxies(h http.Handler) http.Handler {
	if len(s.cfg.TrustedProxies) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client := clientAddr(r, s.cfg.TrustedProxies); client != "" {
			r.RemoteAddr = net.JoinHostPort(client, "0") // the proxy does not tell the port
		} else {
			delete(r.Header, forwardedProto)
		}
		h.ServeHTTP(w, r)
	})
}

// clientAddr returns the last address on the way of the request that is no trusted proxy's: of the connection and, from the
// right, of X-Forwarded-For. What is to the left of that is whatever the client wrote. It is empty where the connection is
// not from a trusted proxy.
func clientAddr(r *http.Request, trusted []netip.Prefix) string {
	hop, ok := parseHop(r.RemoteAddr)
	if !ok || !isTrusted(hop, trusted) {
		return ""
	}
	lines := r.Header["X-Forwarded-For"]
	for _, line := range slices.Backward(lines) {
		for rest := line; ; {
			comma := strings.LastIndexByte(rest, ',')
			before, ok := parseHop(strings.TrimSpace(rest[comma+1:]))
			if !ok {
				return hop.String() // who wrote this is the last that is known
			}
			if hop = before; !isTrusted(hop, trusted) {
				return hop.String()
			}
			if comma < 0 {
				break
			}
			rest = rest[:comma]
		}
	}
	return hop.String()
}

// parseHop reads an address with or without a port.
func parseHop(text string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return addr.Unmap().WithZone(""), err == nil
}

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}
