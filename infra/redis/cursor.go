// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"

	"github.com/tempskv/tempskv/handlers/kv"
)

// cursor is where a scan goes on. It holds hashes of random ids, and no address.
type cursor struct {
	Again bool   // in the second of the passes of a scan, see Scan
	Node  uint64 // the server that is being scanned, as member.id
	At    uint64 // SCAN's own cursor there
	Run   uint64 // hash of that server's run_id: At means nothing to another process
	Slots uint64 // layout.slots at the beginning of the pass
}

// cursorVersion is the first byte of a cursor; a cursor of another version is refused.
const cursorVersion = 1

// encode returns the cursor as callers see it.
func (c cursor) encode() kv.Cursor {
	b, _ := binary.Append([]byte{cursorVersion}, binary.BigEndian, c) // fails on odd types only
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return kv.Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// position returns where a scan goes on, nil for the beginning. Errors: ErrInvalid.
func position(c kv.Cursor) (*cursor, error) {
	if c == "" {
		return nil, nil
	}
	at, err := decodeCursor(c)
	return &at, err
}

// decodeCursor returns what encode was given. Errors: ErrInvalid.
func decodeCursor(text kv.Cursor) (c cursor, err error) {
	refused := kv.Refuse(kv.ErrInvalid, "the cursor is not one that a scan returned")
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil || len(b) < 5 || b[0] != cursorVersion {
		return c, refused
	}
	b, sum := b[:len(b)-4], b[len(b)-4:]
	n, err := binary.Decode(b[1:], binary.BigEndian, &c)
	if err != nil || n != len(b)-1 || binary.BigEndian.Uint32(sum) != crc32.ChecksumIEEE(b) || c.encode() != text {
		return c, refused
	}
	return c, nil
}

// hash returns a short fingerprint of an id.
func hash(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}
