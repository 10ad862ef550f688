// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// The layout of a write-ahead log. See https://www.sqlite.org/fileformat2.html#walformat.
const (
	walHeader      = 32
	walFrameHeader = 24
	walMagic       = 0x377f0682 // the last bit says that checksums are of big-endian words
	maxPageSize    = 64 << 10
)

// WAL describes the write-ahead log of a file that no process has open.
type WAL struct {
	// Damaged is set if the log begins with something that SQLite never wrote: it would ignore all that follows.
	Damaged bool
	// Foreign is the number of bytes after the last commit that are neither zero, nor part of an unfinished
	// transaction, nor left over from the previous log.
	Foreign int64
	// Invalid is set if something after the last commit was written to this log: an unfinished or undone transaction,
	// or commits of which the first was damaged.
	Invalid bool
}

// Suspect reports whether the log may hold more than SQLite will find in it.
func (w WAL) Suspect() bool { return w.Damaged || w.Foreign > 0 || w.Invalid }

// ReadWAL reads the log of the file at path, as SQLite does when it opens the file after a crash. A missing or empty
// log is the zero value.
func ReadWAL(path string) (WAL, error) {
	f, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return WAL{}, nil
	}
	if err != nil {
		return WAL{}, openErr(path, err)
	}
	defer f.Close()
	w, err := readWAL(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return WAL{}, openErr(path, err)
	}
	return w, nil
}

func readWAL(r io.Reader) (WAL, error) {
	header := make([]byte, walHeader)
	n, err := io.ReadFull(r, header)
	switch {
	case errors.Is(err, io.EOF):
		return WAL{}, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return WAL{Damaged: !zero(header[:n])}, nil
	case err != nil:
		return WAL{}, err
	}
	l, ok := newWALReader(header)
	if !ok {
		rest, err := foreign(r)
		return WAL{Damaged: rest > 0 || !zero(header)}, err
	}
	err = l.read(r)
	return l.found, err
}

// foreign counts the bytes that are not zero.
func foreign(r io.Reader) (n int64, err error) {
	for buffer := make([]byte, maxPageSize); ; {
		read, err := r.Read(buffer)
		for _, b := range buffer[:read] {
			if b != 0 {
				n++
			}
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// walReader reads the frames of a log.
type walReader struct {
	order        binary.ByteOrder
	frame        []byte
	salt1, salt2 uint32
	resets       uint32 // how often the log was begun again, each time with the next salt1
	sum1, sum2   uint32
	found        WAL
}

func newWALReader(header []byte) (*walReader, bool) {
	word := func(i int) uint32 { return binary.BigEndian.Uint32(header[4*i:]) }
	size := word(2)
	if word(0)&^1 != walMagic || size < 512 || size > maxPageSize || size&(size-1) != 0 {
		return nil, false
	}
	l := &walReader{order: binary.LittleEndian, frame: make([]byte, walFrameHeader+size), resets: word(3), salt1: word(4), salt2: word(5)}
	if word(0)&1 == 1 {
		l.order = binary.BigEndian
	}
	l.add(header[:24])
	return l, l.sum1 == word(6) && l.sum2 == word(7)
}

// add continues the checksum.
func (l *walReader) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		l.sum1 += l.order.Uint32(b) + l.sum2
		l.sum2 += l.order.Uint32(b[4:]) + l.sum1
	}
}

// read reads all frames. SQLite ignores all frames from the first invalid one on; valid frames after the last commit
// belong to an unfinished transaction.
func (l *walReader) read(r io.Reader) error {
	for valid := true; ; {
		n, err := io.ReadFull(r, l.frame)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		frame := l.frame[:n]
		valid = valid && err == nil && l.valid(frame)
		if !valid && !l.ours(frame) {
			l.found.Foreign += int64(n)
		}
		l.found.Invalid = l.found.Invalid || !valid && l.current(frame)
		if err != nil {
			return nil
		}
	}
}

// valid reports whether the frame is the next one that SQLite wrote.
func (l *walReader) valid(frame []byte) bool {
	word := func(i int) uint32 { return binary.BigEndian.Uint32(frame[4*i:]) }
	if word(0) == 0 || word(2) != l.salt1 || word(3) != l.salt2 {
		return false
	}
	l.add(frame[:8])
	l.add(frame[walFrameHeader:])
	return l.sum1 == word(4) && l.sum2 == word(5)
}

// ours reports whether an invalid frame is explained without damage: it is zero, its writing was interrupted, or it was
// written before the log was restarted or its transaction undone.
func (l *walReader) ours(frame []byte) bool { return zero(frame) || l.begins(frame) }

// begins reports whether a frame, possibly incomplete, has a salt of this or an earlier log.
func (l *walReader) begins(frame []byte) bool {
	if len(frame) < 12 { // too little to tell
		return true
	}
	return l.salt1-binary.BigEndian.Uint32(frame[8:]) <= l.resets
}

// current reports whether a frame was written since the log was restarted.
func (l *walReader) current(frame []byte) bool {
	return len(frame) >= 16 && binary.BigEndian.Uint32(frame[8:]) == l.salt1 && binary.BigEndian.Uint32(frame[12:]) == l.salt2
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
