// SPDX-License-Identifier: Apache-2.0

// Package sums keeps a checksum in every page of an SQLite file, and refuses a page that does not have its own: a byte
// that a disk or another program changed is an error of SQLite, SQLITE_IOERR_DATA, and never part of a key or a value.
// It is the way of SQLite's cksumvfs, a layer between SQLite and the file, but a sum covers the number of its page too,
// and a file without sums is refused. Only infra/sqlite imports it.
package sums

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	// PageSize is the size of every page, in bytes.
	PageSize = 4096
	// Reserved is how many bytes at the end of each page SQLite leaves to us: mark, and the checksum.
	Reserved = 8
	// mark distinguishes a page that has a sum from one that another program wrote.
	mark = 0x746b7631
)

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Seal puts the checksum into the page that begins at offset.
func Seal(page []byte, offset int64) {
	end := page[PageSize-Reserved:]
	binary.BigEndian.PutUint32(end, mark)
	binary.BigEndian.PutUint32(end[4:], sumOf(page, offset))
}

// Sound reports whether the page that was read at offset is what Seal left there.
func Sound(page []byte, offset int64) bool {
	end := page[PageSize-Reserved:]
	return binary.BigEndian.Uint32(end) == mark && binary.BigEndian.Uint32(end[4:]) == sumOf(page, offset)
}

// sumOf covers the place of the page and all of it but the sum.
func sumOf(page []byte, offset int64) uint32 {
	var place [8]byte
	binary.BigEndian.PutUint64(place[:], uint64(offset))
	return crc32.Update(crc32.Update(0, castagnoli, place[:]), castagnoli, page[:PageSize-4])
}
