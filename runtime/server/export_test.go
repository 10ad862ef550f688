// SPDX-License-Identifier: Apache-2.0

package server

import "net"

// ListenOn is Listen with a listener of the test's own, whose connections may keep a clock of their own too.
func ListenOn(l net.Listener, cfg Config) *Server { return newServer(l, nil, cfg) }

// Explain is explain.
var Explain = explain
