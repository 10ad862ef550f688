// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// FuzzCursor scans with odd cursors, some of which even have the right checksum: they are
// refused, or scan from some place in the caller's own project.
func FuzzCursor(f *testing.F) {
	seal := func(b []byte) string {
		return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
	}
	f.Add("garbage")
	f.Add(seal(make([]byte, 34)))
	f.Add(seal(append([]byte{1}, make([]byte, 33)...)))
	f.Add(seal(append([]byte{1, 255}, make([]byte, 32)...)))
	s := open(f, redis.Config{URL: "redis://" + newFake(f, func(string, int) string { return "" }).addr})
	f.Fuzz(func(t *testing.T, text string) {
		for _, cursor := range []kv.Cursor{kv.Cursor(text), kv.Cursor(seal([]byte(text)))} {
			page, err := s.Scan(t.Context(), 1, "", cursor, 10)
			if err != nil && !errors.Is(err, kv.ErrInvalid) {
				t.Errorf("Scan with cursor %q: %v", cursor, err)
			}
			if len(page.Cursor) > kv.MaxCursor {
				t.Errorf("a cursor of %d bytes", len(page.Cursor))
			}
		}
	})
}
