// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
)

// maxLine bounds a line, in bytes: what the largest string of Redis takes in base64, and some more.
const maxLine = 800 << 20

var (
	errCutOff  = errors.New("it was cut off")
	errTooLong = errors.New("a line is too long")
	errLine    = errors.New("a line is no JSON, or not as FORMAT.md has it")
)

// lineReader reads lines as they stand in backups and exports.
type lineReader struct{ r *bufio.Reader }

func newLineReader(r io.Reader) *lineReader { return &lineReader{bufio.NewReaderSize(r, bufferSize)} }

// next returns the next line. Errors: io.EOF at the end, errCutOff amid a line, errTooLong, errLine.
func (r *lineReader) next() (*line, error) {
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	l := &line{}
	if err := json.Unmarshal(text, l); err != nil {
		return nil, errLine // whose text would quote what is in it
	}
	return l, nil
}

// text returns the next line, which is good until the next call.
func (r *lineReader) text() ([]byte, error) {
	text, err := r.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return r.longText(text)
	}
	return text, endOf(text, err)
}

// longText returns a line that the buffer does not hold, of which begun is the beginning.
func (r *lineReader) longText(begun []byte) ([]byte, error) {
	text := append([]byte(nil), begun...)
	for {
		part, err := r.r.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > maxLine:
			return nil, errTooLong
		case !errors.Is(err, bufio.ErrBufferFull):
			return text, endOf(text, err)
		}
	}
}

// endOf returns what it means that reading ended in err after the text of a line.
func endOf(text []byte, err error) error {
	if errors.Is(err, io.EOF) && len(text) > 0 {
		return errCutOff
	}
	return err
}
