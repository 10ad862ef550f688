// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// effect is what a call of a changer does inside a transaction, and how much the store grows by it at most, in bytes; 0:
// not at all. Its result is a number, whatever the call answers with.
type effect struct {
	most  int64
	apply func(ctx context.Context, w *writer) (int64, error)
}

// changer is a kv.Changer, whose calls leave it to do how often they have their effect.
type changer struct {
	do func(ctx context.Context, p kv.ProjectID, e effect) (int64, error)
}

// do lets each call have its effect.
func (s *Store) do(ctx context.Context, _ kv.ProjectID, e effect) (int64, error) {
	var n int64
	err := s.write(ctx, int(e.most), func(ctx context.Context, w *writer) (err error) {
		if e.most == 0 {
			n, err = e.apply(ctx, w)
			return err
		}
		return w.growing(ctx, e.most, func() error {
			n, err = e.apply(ctx, w)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
