// SPDX-License-Identifier: Apache-2.0

package handlers

import "context"

// admitEarly waits for a slot where the token says whose request it is: before the body is decoded, so that what waits
// costs no processor time.
func (sc *scope) admitEarly(ctx context.Context) error {
	if sc.limited == nil {
		return nil
	}
	return sc.admit(ctx)
}

// admit waits for a slot of the project, unless the request has one. A scan waits for each of its pages instead.
func (sc *scope) admit(ctx context.Context) (err error) {
	l := sc.api.limiter
	if l == nil || sc.op.timeout == 0 || sc.op.walks || sc.inside {
		return nil
	}
	sc.slot, err = l.Acquire(ctx, sc.limited, sc.size)
	sc.inside = err == nil
	return err
}

// leave gives the slot back. The answer has size bytes.
func (sc *scope) leave(size int) {
	if sc.inside {
		sc.inside = false
		sc.api.limiter.Release(sc.slot, int64(size))
	}
}
