// SPDX-License-Identifier: Apache-2.0

package lifecycle

import "context"

// background is a goroutine that runs as long as a store is in use. A nil one has ended.
type background struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// inBackground calls f with a context that outlives the job that ctx belongs to, until stop.
func inBackground(ctx context.Context, f func(ctx context.Context)) *background {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b := &background{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		f(ctx)
	}()
	return b
}

// stop cancels its context and waits until it has ended.
func (b *background) stop() {
	if b != nil {
		b.cancel()
		<-b.done
	}
}

// ended reports whether it has ended.
func (b *background) ended() bool {
	if b == nil {
		return true
	}
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}
