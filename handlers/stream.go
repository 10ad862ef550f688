// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"net/http"
	"time"
)

// streamTime is how long a reader of a long answer may take for what it was sent.
const streamTime = 30 * time.Second

// stream is an answer that is sent bit by bit.
type stream struct{ send func(ctx context.Context) }

// stream returns an answer of any length that write writes, until that channel is closed. Where writing fails amid it,
// the answer is cut, so that nobody takes it for whole.
func (a *API) stream(
	sc *scope, media string, until <-chan struct{}, write func(ctx context.Context, w io.Writer) error,
) *stream {
	return &stream{func(ctx context.Context) {
		sc.writer.Header().Set("Content-Type", media)
		sc.writer.Header().Set("X-Content-Type-Options", "nosniff")
		ctx, cancel := context.WithCancel(ctx)
		w := &pacedWriter{ctx, sc.writer, http.NewResponseController(sc.writer)}
		written, watched := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(watched)
			select {
			case <-until:
				cancel()
				w.hurry(written)
			case <-written:
			}
		}()
		defer func() { close(written); <-watched; cancel() }()
		if err := write(ctx, w); err != nil {
			a.log.WarnContext(ctx, "an answer was cut", "request_id", sc.requestID, "error", err)
			panic(http.ErrAbortHandler)
		}
	}}
}

// pacedWriter gives each write time of its own, where the server would bound the whole answer.
type pacedWriter struct {
	ctx        context.Context // of the answer: a writer has no other
	to         io.Writer
	connection *http.ResponseController
}

func (w *pacedWriter) Write(p []byte) (int, error) {
	_ = w.connection.SetWriteDeadline(time.Now().Add(streamTime)) // a runtime without connections has no such deadline
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(p)
}

// hurryTime is how often hurry ends what is being written.
const hurryTime = 100 * time.Millisecond

// hurry ends a write to a slow reader, until nothing is written any more. Once is not enough: the server gives each piece
// of a write time of its own.
func (w *pacedWriter) hurry(written <-chan struct{}) {
	tick := time.NewTicker(hurryTime)
	defer tick.Stop()
	for {
		_ = w.connection.SetWriteDeadline(time.Now())
		select {
		case <-written:
			return
		case <-tick.C:
		}
	}
}
