// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

const jsonType = "application/json"

var (
	errCoding = kv.Refuse(kv.ErrUnsupportedMedia,
		"the header Content-Encoding names a coding, and bodies are taken only as they are: send it without")
	errBodyTooLarge = kv.Refuse(kv.ErrTooLarge, "the body is larger than this operation takes")
	errBodyLate     = kv.Refuse(kv.ErrMalformed, "the body did not arrive in time")
	errBodyCut      = kv.Refuse(kv.ErrMalformed, "the body ended before its Content-Length, or is not well framed")
)

// hasBody reports whether the operation takes a body.
func (sc *scope) hasBody() bool { return sc.binding.decoder != nil }

// checkHeaders refuses a body that is not JSON, or too long, by its headers, so that the rest of it need not be read.
func (sc *scope) checkHeaders(context.Context) error {
	if !sc.hasBody() {
		return nil
	}
	if err := acceptJSON(sc.request); err != nil {
		return err
	}
	if err := acceptCoding(sc.request); err != nil {
		return err
	}
	if sc.request.ContentLength > sc.op.maxBody {
		return errBodyTooLarge
	}
	return nil
}

// acceptJSON refuses a body that says it is something else. None at all is taken for JSON: a browser cannot send
// a bearer token across origins without a preflight, so this opens no door to a form.
func acceptJSON(r *http.Request) error {
	sent := r.Header["Content-Type"]
	if len(sent) == 0 || len(sent) == 1 && (sent[0] == jsonType || sent[0] == "") {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(sent[0])
	if len(sent) > 1 || err != nil || mediaType != jsonType {
		return kv.ErrUnsupportedMedia
	}
	return nil
}

// acceptCoding refuses a body that is compressed: its size would be known only once it is unpacked.
func acceptCoding(r *http.Request) error {
	for _, coding := range r.Header["Content-Encoding"] {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return errCoding
		}
	}
	return nil
}

// wake starts the engine where a request has to do that. If it fails, a later step meets the same error.
func (sc *scope) wake(ctx context.Context) error {
	sc.api.service.Ready(ctx)
	return nil
}

// arriver is a body that may have arrived with its request, so that reading it does not wait.
type arriver interface{ Arrived() bool }

// readBody reads the body.
func (sc *scope) readBody(ctx context.Context) error {
	if !sc.hasBody() {
		return nil
	}
	if b, ok := sc.request.Body.(arriver); !ok || !b.Arrived() {
		_ = http.NewResponseController(sc.writer).SetReadDeadline(time.Now().Add(sc.bodyTime()))
	}
	defer sc.request.Body.Close()
	err := sc.receive(ctx)
	sc.size = int64(len(sc.raw))
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case sc.size > sc.op.maxBody:
		return errBodyTooLarge
	case err == nil, errors.Is(err, kv.ErrUnavailable), errors.Is(err, kv.ErrTimeout): // no memory for it
		return err
	case isNet && timeout.Timeout():
		return sc.lateBody()
	}
	return errBodyCut
}

// decode reads the body into the input. Refusals from here on are recorded.
func (sc *scope) decode(context.Context) error {
	sc.decoded = true
	if sc.hasBody() {
		sc.read = sc.binding.decoder().Decode(sc.raw, sc.binding.bodyOf(sc.input))
		sc.releaseRaw()
	}
	if sc.read.Err != nil {
		return sc.read.Err
	}
	sc.target = sc.op.target
	if t, ok := sc.input.(targeted); ok {
		sc.target = t.target()
	}
	return nil
}

// validate refuses a request with anything wrong in it: in the header, the body or the parameters.
func (sc *scope) validate(context.Context) error {
	sc.checkIdempotency()
	sc.binding.checkParams(sc.request, &sc.read.Violations)
	if in, ok := sc.input.(interface{ check(*body.Violations) }); ok {
		in.check(&sc.read.Violations)
	}
	if len(sc.read.Violations) > 0 {
		return &invalidError{sc.read.Violations}
	}
	return nil
}

// checkSupport refuses what this runtime cannot do.
func (sc *scope) checkSupport(context.Context) error {
	if sc.op.supported == nil {
		return nil
	}
	return sc.op.supported(sc.api)
}
