// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

const jsonType = "application/json"

var (
	errBodyTooLarge = kv.Refuse(kv.ErrTooLarge, "the body is larger than this operation takes")
	errBodyLate     = kv.Refuse(kv.ErrMalformed, "the body did not arrive in time")
	errBodyCut      = kv.Refuse(kv.ErrMalformed, "the body ended before its Content-Length, or is not well framed")
)

// hasBody reports whether the operation takes a body.
func (c *call) hasBody() bool { return c.binding.decoder != nil }

// checkHeaders refuses a body that is not JSON, or too long, by what it says of itself: nobody waits for the rest of it.
func (c *call) checkHeaders(context.Context) error {
	if !c.hasBody() {
		return nil
	}
	if err := acceptJSON(c.request); err != nil {
		return err
	}
	if c.request.ContentLength > c.op.maxBody {
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

// wake starts the engine where a request has to do that. If it fails, a later step meets the same error.
func (c *call) wake(ctx context.Context) error {
	c.api.service.Ready(ctx)
	return nil
}

// bodyBuffers hold bodies until they are decoded.
var bodyBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledBody keeps one large body from holding its memory forever, in bytes.
const maxPooledBody = 1 << 20

// readBody reads the body.
func (c *call) readBody(context.Context) error {
	if !c.hasBody() {
		return nil
	}
	c.releaseBody = c.api.bodies.count(c.request)
	_ = http.NewResponseController(c.response).SetReadDeadline(time.Now().Add(c.api.limits.BodyTime))
	c.raw = bodyBuffers.Get().(*bytes.Buffer)
	defer c.request.Body.Close()
	n, err := c.raw.ReadFrom(io.LimitReader(c.request.Body, c.op.maxBody+1))
	c.size = n
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case n > c.op.maxBody:
		return errBodyTooLarge
	case err == nil, errors.Is(err, kv.ErrUnavailable): // too many large bodies
		return err
	case isNet && timeout.Timeout():
		return errBodyLate
	}
	return errBodyCut
}

// releaseRaw gives the buffer of the body back.
func (c *call) releaseRaw() {
	if c.raw != nil && c.raw.Cap() <= maxPooledBody {
		c.raw.Reset()
		bodyBuffers.Put(c.raw)
	}
	c.raw = nil
}

// decode reads the body into the input. Refusals from here on are recorded.
func (c *call) decode(context.Context) error {
	c.decoded = true
	if c.hasBody() {
		c.read = c.binding.decoder.Decode(c.raw.Bytes(), c.binding.bodyOf(c.input))
		c.releaseRaw()
	}
	if c.read.Err != nil {
		return c.read.Err
	}
	c.target = c.op.target
	if t, ok := c.input.(targeted); ok {
		c.target = t.target()
	}
	return nil
}

// validate refuses a request with anything wrong in it: in the header, the body or the parameters.
func (c *call) validate(context.Context) error {
	c.checkIdempotency()
	if in, ok := c.input.(interface{ check(*body.Violations) }); ok {
		in.check(&c.read.Violations)
	}
	if len(c.read.Violations) > 0 {
		return &invalidError{c.read.Violations}
	}
	return nil
}

// checkSupport refuses what this runtime cannot do.
func (c *call) checkSupport(context.Context) error {
	if c.op.supported == nil {
		return nil
	}
	return c.op.supported(c.api)
}
