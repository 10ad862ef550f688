// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"net/http"
	"time"
)

// stream is a response that is sent bit by bit.
type stream struct{ send func(ctx context.Context) }

// stream returns a response of any length, which write writes until one of two channels is closed. If writing fails, the response is
// cut off, so that no client takes it for complete.
func (a *API) stream(
	sc *scope, media string, until [2]<-chan struct{}, write func(ctx context.Context, w io.Writer) error,
) *stream {
	return &stream{func(ctx context.Context) {
		sc.writer.Header().Set("Content-Type", media)
		ctx, cancel := context.WithCancel(ctx)
		liftWriteDeadline(sc.writer)
		written, watched := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(watched)
			select {
			case <-until[0]:
			case <-until[1]:
			case <-written:
				return
			}
			cancel()
			_ = http.NewResponseController(sc.writer).SetWriteDeadline(time.Now()) // it ends a write to a slow reader too
		}()
		defer cancel()
		err := func() error {
			defer func() { close(written); <-watched }()
			return write(ctx, contextWriter{ctx, sc.writer})
		}()
		if err != nil {
			a.log.WarnContext(ctx, "an answer was cut", "request_id", sc.requestID, "error", err)
			panic(http.ErrAbortHandler)
		}
		liftWriteDeadline(sc.writer) // what is complete is sent
	}}
}

// liftWriteDeadline lets a response take as long as it likes: the server bounds each write instead. A runtime without
// connections has no such deadline.
func liftWriteDeadline(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
}

// contextWriter is a writer that fails once its context has ended.
type contextWriter struct {
	ctx context.Context // of the response: Write takes none
	to  io.Writer
}

func (w contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(p)
}
