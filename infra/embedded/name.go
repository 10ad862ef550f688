// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Names represent keys in the file and order them. The name of a key shorter than maxName is the key itself; that of a
// longer one is its first headLen bytes and its SHA-256, maxName bytes in all, and so never the same as a short key.
//
// So a cursor of at most kv.MaxCursor bytes is enough to continue a scan. A scan goes through a project in the order of
// names, and its cursor is the last name that it read. The place of a key in that order depends only on the key: it is
// the same after the key was deleted and set again, and the key that the cursor names need not exist any more. So a key
// that exists throughout is returned exactly once. A key that is set during the scan is returned if its place is still
// ahead; as in Redis, a scan is only sure to end if it is faster than such keys are set.
//
// Keys that begin with the same bytes, up to headLen of them, are neighbours: a pattern that begins with literal bytes
// reads no others.
const (
	maxName = headLen + sha256.Size
	headLen = 58
)

// nameOf returns the name of the key.
func nameOf(key kv.Key) []byte {
	if len(key) < maxName {
		return []byte(key)
	}
	sum := sha256.Sum256([]byte(key))
	return append(append(make([]byte, 0, maxName), key[:headLen]...), sum[:]...)
}

// wholeKey returns what is stored next to the name of the key: nothing if the name is the key.
func wholeKey(key kv.Key) []byte {
	if len(key) < maxName {
		return nil
	}
	return []byte(key)
}

// span is a range of names, both ends included.
type span struct{ from, to []byte }

// spanOf returns a range that holds the name of every key that matches the pattern; empty matches all.
func spanOf(pattern kv.Pattern) span {
	prefix, whole := pattern.Prefix()
	if whole && pattern != "" {
		name := nameOf(prefix)
		return span{name, name}
	}
	head := []byte(prefix[:min(len(prefix), headLen)])
	last := bytes.Repeat([]byte{0xff}, maxName) // no name is longer, so none with this head is greater
	return span{head, append(bytes.Clone(head), last...)}
}

// after returns the part of the range after the name.
func (s span) after(name []byte) span {
	next := append(bytes.Clone(name), 0) // no name is between the two
	if bytes.Compare(next, s.from) > 0 {
		s.from = next
	}
	return s
}

// cursorOf returns the cursor that continues a scan after the name. It holds a checksum, so that anything
// else, such as the cursor of another engine, is refused.
func cursorOf(name []byte) kv.Cursor {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+maxName), crc32.ChecksumIEEE(name))
	return kv.Cursor(base64.RawURLEncoding.EncodeToString(append(b, name...)))
}

// nameAt is the inverse of cursorOf. Errors: ErrInvalid.
func nameAt(c kv.Cursor) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(c))
	if err != nil || len(b) < 4 || len(b) > 4+maxName || binary.BigEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:]) {
		return nil, kv.Refuse(kv.ErrInvalid, "is not a cursor that a scan returned")
	}
	return b[4:], nil
}
