// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
)

// maxLine bounds a line, in bytes: a bit more than the largest string of Redis in base64.
const maxLine = 800 << 20

var (
	errCutOff  = errors.New("it was cut off")
	errTooLong = errors.New("a line is too long")
	errLine    = errors.New("a line is not JSON or does not match FORMAT.md")
)

// lineReader reads the lines of backups and exports.
type lineReader struct{ r *bufio.Reader }

func newLineReader(r io.Reader) *lineReader { return &lineReader{bufio.NewReaderSize(r, bufferSize)} }

// next returns the next line. Errors: io.EOF at the end, errCutOff within a line, errTooLong, errLine.
func (r *lineReader) next() (*line, error) {
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	l := &line{}
	if err := json.Unmarshal(text, l); err != nil {
		return nil, errLine // err would quote the content
	}
	return l, nil
}

// text returns the next line, which is valid until the next call.
func (r *lineReader) text() ([]byte, error) {
	text, err := r.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return r.longText(text)
	}
	return text, endOf(text, err)
}

// longText returns a line that is larger than the buffer and starts with begun.
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

// endOf returns the error of a line whose reading ended with err.
func endOf(text []byte, err error) error {
	if errors.Is(err, io.EOF) && len(text) > 0 {
		return errCutOff
	}
	return err
}
