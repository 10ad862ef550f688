// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"runtime"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// maxLine bounds a line, in bytes: the largest record in base64, and room for its key.
	maxLine = kv.MaxRecordBytes/3*4 + 2<<20
	// maxShortLine bounds a line that is no key.
	maxShortLine = 64 << 10
	// hugeLine is the size of a line that matters for the memory of the process.
	hugeLine = 8 << 20
)

var (
	errCutOff  = errors.New("it was cut off")
	errTooLong = errors.New("a line is too long")
	errLine    = errors.New("a line is not JSON or does not match FORMAT.md")
)

// lineReader reads the lines of backups and exports.
type lineReader struct {
	r    *bufio.Reader
	long []byte // holds a line that is larger than the buffer
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, bufferSize)}
}

// next returns the next line. Errors: io.EOF at the end, errCutOff within a line, errTooLong, errLine.
func (r *lineReader) next() (*line, error) {
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	l := &line{size: len(text)}
	var into any = l
	if len(text) > maxShortLine {
		into = &l.keyLine
		collect(len(text))
	}
	if err := json.Unmarshal(text, into); err != nil {
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
	r.long = append(r.long[:0], begun...)
	for {
		part, err := r.r.ReadSlice('\n')
		n := len(r.long) + len(part)
		if n > maxLine {
			return nil, errTooLong
		}
		if n > cap(r.long) {
			r.long = append(make([]byte, 0, min(2*n, maxLine)), r.long...)
			collect(n)
		}
		if r.long = append(r.long, part...); !errors.Is(err, bufio.ErrBufferFull) {
			return r.long, endOf(r.long, err)
		}
	}
}

// collect frees what lines before have taken, if n is large: the next collection would come at twice the memory.
func collect(n int) {
	if n >= hugeLine {
		runtime.GC()
	}
}

// endOf returns the error of a line whose reading ended with err.
func endOf(text []byte, err error) error {
	if errors.Is(err, io.EOF) && len(text) > 0 {
		return errCutOff
	}
	return err
}
