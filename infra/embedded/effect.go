// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// effect is what a call of a changer does inside a transaction, and by how many bytes the store grows at most; 0: not at
// all. Its result is a number, even if the call returns another type.
type effect struct {
	most  int64
	keys  int      // how many it may change; 0 stands for 1
	rows  []rowKey // which it looks up
	apply func(ctx context.Context, w *writer) (int64, error)
}

// changer is a kv.Changer. Its do decides how often a call has its effect.
type changer struct {
	do func(ctx context.Context, p kv.ProjectID, e effect) (int64, error)
}

// do applies the effect of each call.
func (s *Store) do(ctx context.Context, p kv.ProjectID, e effect) (int64, error) {
	var n int64
	err := s.write(ctx, p, extent{e.keys, e.most, e.rows}, func(ctx context.Context, w *writer) (err error) {
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
