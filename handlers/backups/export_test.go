// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bytes"
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// AppendRecord is appendRecord.
func AppendRecord(b []byte, r kv.Record) []byte { return appendRecord(b, r) }

// ReadRecord reads one line as a key.
func ReadRecord(text []byte) (kv.Record, error) {
	l, err := newLineReader(bytes.NewReader(text)).next()
	if err != nil {
		return kv.Record{}, err
	}
	return l.record()
}

// RunDue does once what Run does every few seconds.
func (s *Manager) RunDue(ctx context.Context) error { return s.runDue(ctx) }

// ResumeOnce does once what Resume does every second.
func (s *Manager) ResumeOnce(ctx context.Context) error { return s.resumeOnce(ctx) }
