// SPDX-License-Identifier: Apache-2.0

package server

import "net"

// ListenOn is Listen with the given listener, whose connections may have another clock.
func ListenOn(l net.Listener, cfg Config) *Server {
	cert, err := loadTLS(cfg.CertFile, cfg.KeyFile)
	if err != nil {
		panic(err)
	}
	return newServer(l, cert, cfg)
}

// Explain is explain.
var Explain = explain
