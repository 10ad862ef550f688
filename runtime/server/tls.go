// SPDX-License-Identifier: Apache-2.0

package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
)

// loadTLS returns nil if there are no files.
func loadTLS(certFile, keyFile string) (*tls.Config, error) {
	if certFile == "" && keyFile == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	var missing *fs.PathError
	switch {
	case errors.As(err, &missing):
		return nil, fmt.Errorf("TLS: cannot read %s: %w; see --tls-cert and --tls-key", missing.Path, missing.Err)
	case err != nil:
		return nil, fmt.Errorf("TLS: %s and %s are not a certificate and its key in PEM: %w", certFile, keyFile, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// Certificate returns the server's own certificate as DER, nil if it serves plain HTTP.
func (s *Server) Certificate() []byte {
	if s.tls == nil {
		return nil
	}
	return s.tls.Certificates[0].Certificate[0]
}
