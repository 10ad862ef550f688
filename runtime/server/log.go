// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"log"
	"log/slog"
)

// connectionLog logs the messages of net/http as warnings, except for failed handshakes, which every port scanner and TCP
// health check causes.
func connectionLog(to *slog.Logger) *log.Logger { return log.New(connectionLines{to}, "", 0) }

type connectionLines struct{ log *slog.Logger }

// Write logs one line.
func (c connectionLines) Write(line []byte) (int, error) {
	say := c.log.Warn
	if bytes.HasPrefix(line, []byte("http: TLS handshake error")) {
		say = c.log.Debug
	}
	say(string(bytes.TrimSpace(line)))
	return len(line), nil
}
