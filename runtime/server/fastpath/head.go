// SPDX-License-Identifier: Apache-2.0

// Package fastpath reads requests of the usual form, and writes responses, as net/http does and with less work. It takes a
// request only if it is exactly of that form, so that it parses nothing doubtful; net/http is to serve all others. runtime/server
// imports it.
package fastpath

import (
	"bytes"
	"context"
	"net/http"
	"net/textproto"
	"net/url"
)

const (
	// MaxHead is how long the head of a request may be, in bytes.
	MaxHead = 8 << 10
	// MaxBody is how long the body of a request may be, in bytes.
	MaxBody = 64 << 10

	maxFields = 32
)

// Verdict is what is known of a request by the bytes of it that have arrived.
type Verdict int

// What is known of a request.
const (
	Incomplete Verdict = iota // it is of the usual form so far
	Complete                  // its head is complete and of the usual form
	Other                     // it is of another form
)

// Paths are the paths of requests that are taken, each of which is its own value.
type Paths map[string]string

// NewPaths returns paths that are written the one way in which routes are.
func NewPaths(paths ...string) Paths {
	p := Paths{}
	for _, path := range paths {
		p[path] = path
	}
	return p
}

// field is a line of a head: text[start:colon] is its name, text[colon+2:end] its value.
type field struct{ start, colon, end int }

// Head reads the head of a request, line by line as they arrive:
//
//	POST path HTTP/1.1
//	Name: value
//
// with lines that end in CR LF, one Host, one Content-Length, and nothing that changes how a message is framed or a connection
// is used. The zero value is ready to read; so is one that is set to it.
type Head struct {
	Path   string // of the request, one of Paths
	Length int    // of the body, in bytes
	Size   int    // of the head, in bytes, once it is complete

	line, scanned int // where the line that is not complete begins, and up to where there is no LF in it
	host          field
	length        bool // there is a Content-Length
	fields        [maxFields]field
	n             int
}

// Read goes on reading a head, of which b is all that has arrived, and perhaps more than the head.
func (h *Head) Read(b []byte, paths Paths) Verdict {
	for {
		i := bytes.IndexByte(b[h.scanned:min(len(b), MaxHead)], '\n')
		if i < 0 {
			h.scanned = len(b)
			if len(b) >= MaxHead {
				return Other
			}
			return Incomplete
		}
		end := h.scanned + i - 1 // of the line without its CR
		if end < h.line || b[end] != '\r' {
			return Other
		}
		line := field{start: h.line, end: end}
		h.line, h.scanned = end+2, end+2
		switch {
		case h.Path == "":
			if !h.readRequestLine(b[line.start:end], paths) {
				return Other
			}
		case end > line.start:
			if !h.readField(b, line) {
				return Other
			}
		case h.length && h.host.end > 0:
			h.Size = end + 2
			return Complete
		default:
			return Other
		}
	}
}

// Untouched reports whether nothing of the head was read.
func (h *Head) Untouched() bool { return h.scanned == 0 }

const (
	method  = "POST "
	version = " HTTP/1.1"
)

func (h *Head) readRequestLine(line []byte, paths Paths) bool {
	if len(line) <= len(method)+len(version) || string(line[:len(method)]) != method || string(line[len(line)-len(version):]) != version {
		return false
	}
	h.Path = paths[string(line[len(method):len(line)-len(version)])]
	return h.Path != ""
}

// readField reads a line of the head. It takes a value only as it is after trimming.
func (h *Head) readField(b []byte, f field) bool {
	for f.colon = f.start; f.colon < f.end && isToken[b[f.colon]]; f.colon++ {
	}
	value := f.colon + 2
	if f.colon == f.start || value >= f.end || b[f.colon] != ':' || b[f.colon+1] != ' ' || b[value] == ' ' || b[f.end-1] == ' ' {
		return false
	}
	for _, c := range b[value:f.end] {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return h.take(b[f.start:f.colon], b[value:f.end], f)
}

// take looks at the fields that say how a message is framed, or how the connection is used. All others are for the handler.
func (h *Head) take(name, value []byte, f field) bool {
	switch {
	case equalFold(name, "host"):
		if h.host.end > 0 || !isHost(value) {
			return false
		}
		h.host = f
		return true // no field of a Header, see http.Request
	case equalFold(name, "content-length"):
		if h.length || !h.readLength(value) {
			return false
		}
		h.length = true
	case equalFold(name, "connection"):
		if !equalFold(value, "keep-alive") {
			return false
		}
	case isSpecial(name):
		return false
	}
	if h.n == maxFields {
		return false
	}
	h.fields[h.n] = f
	h.n++
	return true
}

// special are fields that change what a message means to net/http.
var special = [...]string{
	"transfer-encoding", "expect", "upgrade", "trailer", "te", "content-encoding", "cookie", "pragma", "http2-settings",
}

func isSpecial(name []byte) bool {
	for _, s := range special {
		if equalFold(name, s) {
			return true
		}
	}
	return false
}

// readLength reads a length of digits alone, without a zero before them.
func (h *Head) readLength(value []byte) bool {
	if len(value) > len("65536") || value[0] == '0' && len(value) > 1 {
		return false
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
		h.Length = h.Length*10 + int(c-'0')
	}
	return h.Length <= MaxBody
}

// isHost reports whether a value is a host name or an address, with or without a port.
func isHost(value []byte) bool {
	for _, c := range value {
		if !isLetter(c) && (c < '0' || c > '9') && c != '.' && c != '-' && c != ':' && c != '[' && c != ']' && c != '_' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isToken has the characters of a name, see RFC 9110, section 5.6.2.
var isToken = func() (is [256]bool) {
	for c := range is {
		is[c] = isLetter(byte(c)) || '0' <= c && c <= '9' || bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), byte(c)) >= 0
	}
	return is
}()

// equalFold reports whether b is lower in any case. It allocates nothing.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// Request is a request, with the memory that it needs in one piece.
type Request struct {
	http.Request
	url    url.URL
	values [8]string // of the fields; more of them have a piece of their own
}

// Take fills in a request from a complete head, which b begins with. Its fields go into header, which is empty. Its address and
// body are to be set. It returns the text of the head, which is last if they are the same: most clients send one head over and over.
func (h *Head) Take(ctx context.Context, b []byte, last string, header http.Header, into *Request) (text string) {
	if text = last; string(b[:h.Size]) != last {
		text = string(b[:h.Size])
	}
	values := into.values[:]
	if h.n > len(values) {
		values = make([]string, h.n)
	}
	for i, f := range h.fields[:h.n] {
		name := textproto.CanonicalMIMEHeaderKey(text[f.start:f.colon])
		values[i] = text[f.colon+2 : f.end]
		if before, ok := header[name]; ok {
			header[name] = append(before, values[i])
			continue
		}
		header[name] = values[i : i+1 : i+1]
	}
	into.url = url.URL{Path: h.Path}
	into.Request = *(&http.Request{
		Method: http.MethodPost, URL: &into.url, RequestURI: h.Path,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: text[h.host.colon+2 : h.host.end], ContentLength: int64(h.Length), Body: http.NoBody,
	}).WithContext(ctx)
	return text
}
