// SPDX-License-Identifier: Apache-2.0

package fastpath

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// unframed is how much of a response is held back until the handler returns, which gives it a Content-Length. A longer one
	// whose handler names none is sent in chunks.
	unframed = 2048
	outSize  = 4096
	// joined is how long a body may be that is sent together with its head: copying so much costs less than to send twice.
	joined = 16 << 10
)

// Conn is what a response needs of a connection.
type Conn interface {
	Write(b []byte) (int, error)
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// Response is the ResponseWriter of one request, whose bytes are those that net/http would write. Handlers neither hijack it nor
// send trailers, a Transfer-Encoding, or a status without a body (1xx, 204, 304).
type Response struct {
	*buffers // nil before Begin and after End
	conn     Conn
	body     *Body
	dates    *Dates

	status  int   // 0 until the response has begun
	length  int64 // of the body; -1: it is not known
	written int64
	typed   bool // the handler has named a Content-Type or a Content-Encoding
	dated   bool // and a Date

	returned bool // the handler has
	framed   bool // the head is sent
	chunked  bool
	close    bool // the connection, after the response
	failed   bool // the connection has
}

// buffers are those of a response. Another one may use them after it.
type buffers struct {
	header http.Header
	head   bytes.Buffer  // as it was when the response began
	held   *bufio.Writer // what the handler writes, before it is framed
	out    *bufio.Writer
}

var pool = sync.Pool{New: func() any {
	return &buffers{header: http.Header{}, held: bufio.NewWriterSize(nil, unframed), out: bufio.NewWriterSize(nil, outSize)}
}}

// Begin begins the response to a request with that body. Dates may be shared by all responses.
func (w *Response) Begin(c Conn, body *Body, dates *Dates) {
	*w = Response{buffers: pool.Get().(*buffers), conn: c, body: body, dates: dates, length: -1}
	w.held.Reset(frames{w})
	w.out.Reset(sent{w})
}

// End lets other responses use the buffers. A handler that goes on writing panics.
func (w *Response) End() {
	clear(w.header)
	w.head.Reset()
	w.held.Reset(nil)
	w.out.Reset(nil)
	pool.Put(w.buffers)
	w.buffers = nil
}

// Finish sends what is left of the response once the handler has returned. It reports whether the connection may be used again.
func (w *Response) Finish() bool {
	w.returned = true
	_ = w.FlushError() // failed says so
	if w.chunked {
		_, _ = w.out.WriteString("0\r\n\r\n")
		_ = w.out.Flush()
	}
	return !w.failed && !w.close && (w.length < 0 || w.written == w.length)
}

// Abort sends what net/http sends of a response whose handler has panicked: what was flushed already, and no end.
func (w *Response) Abort() { _ = w.out.Flush() }

// Header returns the header that WriteHeader will send.
func (w *Response) Header() http.Header { return w.header }

// WriteHeader begins the response, once.
func (w *Response) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status < http.StatusOK || status > 999 || status == http.StatusNoContent || status == http.StatusNotModified {
		panic("fastpath: a response cannot begin with status " + strconv.Itoa(status))
	}
	w.status = status
	var few [8]string
	names, plain := w.look(few[:0])
	w.writeStatus()
	if !plain {
		_ = w.header.Write(&w.head) // a Buffer takes everything
		return
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range w.header[name] {
			w.add(name, value)
		}
	}
}

// look takes note of the fields that frame the response. It returns the names of all, and whether all are of the usual form.
func (w *Response) look(names []string) (_ []string, plain bool) {
	plain = true
	for name, values := range w.header {
		switch name {
		case "Content-Length":
			if !w.nameLength(values) {
				continue
			}
		case "Date":
			w.dated = true
		case "Content-Type":
			w.typed = true
		case "Content-Encoding":
			w.typed = w.typed || len(values) > 0 && values[0] != ""
		case "Connection":
			w.close = len(values) > 0 && values[0] == "close"
		}
		names = append(names, name)
		plain = plain && isPlain(name, values)
	}
	return names, plain
}

// isPlain reports whether a field is written as it is: net/http leaves out odd names, and trims values.
func isPlain(name string, values []string) bool {
	for i := range len(name) {
		if !isToken[name[i]] {
			return false
		}
	}
	for _, value := range values {
		for i := range len(value) {
			if value[i] <= ' ' && (value[i] < ' ' || i == 0 || i == len(value)-1) || value[i] > '~' {
				return false
			}
		}
	}
	return name != ""
}

// nameLength takes a Content-Length, unless it is none. It reports whether it is one.
func (w *Response) nameLength(named []string) bool {
	if len(named) > 0 {
		if n, err := strconv.ParseInt(named[0], 10, 64); err == nil && n >= 0 {
			w.length = n
			return true
		}
	}
	delete(w.header, "Content-Length")
	return false
}

func (w *Response) writeStatus() {
	b := append(w.head.AvailableBuffer(), "HTTP/1.1 "...)
	b = append(strconv.AppendInt(b, int64(w.status), 10), ' ')
	if text := http.StatusText(w.status); text != "" {
		b = append(b, text...)
	} else {
		b = strconv.AppendInt(append(b, "status code "...), int64(w.status), 10)
	}
	w.head.Write(append(b, "\r\n"...))
}

// Write writes a part of the body.
func (w *Response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.written += int64(len(b))
	if w.length >= 0 && w.written > w.length {
		return 0, http.ErrContentLength
	}
	return w.held.Write(b)
}

// FlushError sends what there is of the response.
func (w *Response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	_ = w.held.Flush() // an error stays in out
	w.frame(nil)
	return w.out.Flush()
}

// Flush is FlushError for callers that look for an http.Flusher.
func (w *Response) Flush() { _ = w.FlushError() }

// SetReadDeadline is for http.ResponseController.
func (w *Response) SetReadDeadline(t time.Time) error { return w.conn.SetReadDeadline(t) }

// SetWriteDeadline is for http.ResponseController.
func (w *Response) SetWriteDeadline(t time.Time) error { return w.conn.SetWriteDeadline(t) }

// frame sends the head, before the first part of the body, and returns what of that part it has not sent.
func (w *Response) frame(first []byte) []byte {
	if w.framed {
		return first
	}
	w.framed = true
	named := w.length >= 0
	if !named && w.returned {
		w.length = int64(len(first))
	}
	w.chunked = w.length < 0
	closed := w.close
	w.close = w.close || w.body.Close() != nil // else what is left of it would be read as a request
	if !w.dated {
		w.add("Date", w.dates.now())
	}
	if !named && !w.chunked {
		w.add("Content-Length", strconv.FormatInt(w.length, 10))
	}
	if !w.typed && len(first) > 0 {
		w.add("Content-Type", http.DetectContentType(first))
	}
	if w.close && !closed {
		w.add("Connection", "close")
	}
	if w.chunked {
		w.add("Transfer-Encoding", "chunked")
	}
	w.head.WriteString("\r\n")
	if !w.chunked && len(first) <= joined && w.head.Len()+len(first) > outSize {
		w.join(first)
		return nil
	}
	_, _ = w.out.Write(w.head.Bytes())
	return first
}

// joins are buffers for join, which requests that have not got so far do not hold.
var joins = sync.Pool{New: func() any { return new([]byte) }}

// join sends the head together with a part of the body.
func (w *Response) join(first []byte) {
	buffer := joins.Get().(*[]byte)
	*buffer = append(append((*buffer)[:0], w.head.Bytes()...), first...)
	_, _ = w.out.Write(*buffer)
	joins.Put(buffer)
}

// add adds a field to the head.
func (w *Response) add(name, value string) {
	w.head.WriteString(name)
	w.head.WriteString(": ")
	w.head.WriteString(value)
	w.head.WriteString("\r\n")
}

// frames writes a body in the frames of its response, after the head.
type frames struct{ *Response }

func (w frames) Write(b []byte) (int, error) {
	rest := w.frame(b)
	if !w.chunked {
		n, err := w.out.Write(rest)
		return len(b) - len(rest) + n, err
	}
	_, _ = w.out.Write(append(strconv.AppendInt(w.out.AvailableBuffer(), int64(len(b)), 16), "\r\n"...))
	n, _ := w.out.Write(b)
	_, err := w.out.WriteString("\r\n")
	return n, err
}

// sent writes to the connection, and remembers that it failed.
type sent struct{ *Response }

func (w sent) Write(b []byte) (int, error) {
	n, err := w.conn.Write(b)
	w.failed = w.failed || err != nil
	return n, err
}
