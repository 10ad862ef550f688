// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"sync"
)

// appender is a response that writes its own JSON.
type appender interface{ appendJSON(b []byte) []byte }

var responseBuffers = sync.Pool{New: func() any { return new([]byte) }}

// jsonTypes is the Content-Type of responses. Nobody changes it.
var jsonTypes = []string{jsonType}

// unframed is the length up to which net/http finds out how long a response is. It sends a longer one in chunks, unless it is told.
const unframed = 2048

// maxPooled keeps one large response from holding its memory forever.
const maxPooled = 64 << 10

// write writes the response of an operation, as JSON.
func (sc *scope) write(ctx context.Context, out any) {
	status := cmp.Or(sc.op.status, http.StatusOK)
	if status == http.StatusNoContent {
		sc.api.record(ctx, sc, resultOK)
		sc.writer.WriteHeader(status)
		return
	}
	if sc.binding.output != nil {
		out = reflect.ValueOf(out).Elem().FieldByIndex(sc.binding.output).Interface()
	}
	buffer := responseBuffers.Get().(*[]byte)
	b := append(appendJSON((*buffer)[:0], out), '\n')
	if err := sc.takeResponse(ctx, len(b)); err != nil {
		sc.fail(ctx, err)
		return
	}
	sc.api.record(ctx, sc, resultOK)
	sc.release(len(b))
	sc.writer.Header()["Content-Type"] = jsonTypes
	if len(b) > unframed {
		sc.writer.Header().Set("Content-Length", strconv.Itoa(len(b)))
	}
	sc.writer.WriteHeader(status)
	_, _ = sc.writer.Write(b) // the caller is gone if this fails
	if cap(b) <= maxPooled {
		*buffer = b
		responseBuffers.Put(buffer)
	}
}

// appendJSON appends a response. Those of the data operations need no reflection.
func appendJSON(b []byte, out any) []byte {
	if a, ok := out.(appender); ok {
		return a.appendJSON(b)
	}
	w := bytes.NewBuffer(b)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		panic(err) // a type that JSON cannot have
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n"))
}
