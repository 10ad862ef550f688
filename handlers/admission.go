// SPDX-License-Identifier: Apache-2.0

package handlers

import "context"

// admitEarly waits for a slot where the token says whose request it is: before the body is decoded, so that what waits
// costs no processor time.
func (c *call) admitEarly(ctx context.Context) error {
	if c.limited == nil {
		return nil
	}
	return c.admit(ctx)
}

// admit waits for a slot of the project, unless the call has one.
func (c *call) admit(ctx context.Context) (err error) {
	l := c.api.limiter
	if l == nil || c.op.timeout == 0 || c.inside {
		return nil
	}
	c.slot, err = l.Enter(ctx, c.limited, c.size)
	c.inside = err == nil
	return err
}

// leave gives the slot back. The answer has size bytes.
func (c *call) leave(size int) {
	if c.inside {
		c.inside = false
		c.api.limiter.Leave(c.slot, int64(size))
	}
}
