// SPDX-License-Identifier: Apache-2.0

package server

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// URL returns the URL of the server on this machine, with its actual port.
func (s *Server) URL() string {
	scheme := "http"
	if s.cert != nil {
		scheme = "https"
	}
	host, _, _ := net.SplitHostPort(s.cfg.Addr) // Listen has parsed it
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // every address includes this one
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// explain returns an error that says what to do about an address that cannot be listened on.
func explain(err error, addr, setting string) error {
	var noHost *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		by := cmp.Or(holder(addr), "another program")
		return fmt.Errorf("%s is taken by %s: stop that one, or choose another port with %s (port 0 takes a free one)", addr, by, setting)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("not permitted to listen on %s: ports below 1024 are reserved; choose a higher one "+
			"with %s, or give the program CAP_NET_BIND_SERVICE", addr, setting)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("no network interface of this machine has the address of %s: choose one that it has "+
			"with %s (:8379 takes them all)", addr, setting)
	case errors.As(err, &noHost):
		return fmt.Errorf("the host of %s is not known: %w", addr, err)
	}
	return fmt.Errorf("listen on %s: %w", addr, err)
}
