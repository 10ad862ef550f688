// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// jsonFormat reads and writes bodies for huma: requests by our own decoder, and answers of the hot operations
// without reflection.
func (a *API) jsonFormat() huma.Format {
	return huma.Format{
		Unmarshal: func(data []byte, v any) error {
			decoder, _ := a.decoders.Load(reflect.TypeOf(v))
			*v.(interface{ decoding() *body.Result }).decoding() = decoder.(*body.Decoder).Decode(data, v)
			return nil
		},
		Marshal: func(w io.Writer, v any) error {
			if a, ok := v.(appender); ok {
				return writeJSON(w, a)
			}
			encoder := json.NewEncoder(w)
			encoder.SetEscapeHTML(false)
			return encoder.Encode(v)
		},
	}
}

// compileBody makes the decoder of the body of an input, where there is one.
func (a *API) compileBody(input reflect.Type) {
	field, ok := input.FieldByName("Body")
	if !ok {
		return
	}
	decoder, err := body.Compile(a.huma.OpenAPI().Components.Schemas, field.Type, a.limits.MaxValue)
	if err != nil {
		panic(err)
	}
	a.decoders.Store(reflect.PointerTo(field.Type), decoder)
}

// appender is an answer that writes its own JSON.
type appender interface{ appendJSON(b []byte) []byte }

var answerBuffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooled keeps one large answer from holding its memory for ever.
const maxPooled = 64 << 10

func writeJSON(w io.Writer, a appender) error {
	buffer := answerBuffers.Get().(*[]byte)
	b := append(a.appendJSON((*buffer)[:0]), '\n')
	_, err := w.Write(b)
	if cap(b) <= maxPooled {
		*buffer = b
		answerBuffers.Put(buffer)
	}
	return err
}

// setGlobals makes huma refuse in our form, and never answer null for a list. Both are globals of huma's; every
// handler set wants the same.
var setGlobals = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, causes ...error) huma.StatusError {
		_, w := humago.Unwrap(ctx)
		p := newProblem(humaError(status, message, causes), w.Header().Get(requestIDHeader))
		maps.Copy(w.Header(), p.header)
		return p
	}
	huma.NewError = func(status int, message string, _ ...error) huma.StatusError {
		return newProblem(humaError(status, message, nil), "")
	}
})

var errBodyTooLarge = kv.Refuse(kv.ErrTooLarge, "the body is larger than this operation takes")

// humaError tells what huma refuses by itself: bodies that it cannot read whole. Everything else is decided here.
func humaError(status int, message string, causes []error) error {
	switch {
	case errors.Is(errors.Join(causes...), kv.ErrUnavailable): // too many large bodies
		return errors.Join(causes...)
	case status == http.StatusRequestEntityTooLarge:
		return errBodyTooLarge
	case status == http.StatusRequestTimeout:
		return kv.Refuse(kv.ErrMalformed, "the body did not arrive in time")
	case status == http.StatusBadRequest && strings.Contains(message, "required"):
		return kv.Refuse(kv.ErrMalformed, "the body is empty: send a JSON object")
	case strings.Contains(message, "cannot read request body"):
		return kv.Refuse(kv.ErrMalformed, "the body ended before its Content-Length, or is not well framed")
	}
	return errInternal
}
