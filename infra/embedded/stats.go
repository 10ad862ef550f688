// SPDX-License-Identifier: Apache-2.0

package embedded

import "github.com/tempskv/tempskv/handlers/kv"

// Stats reports how busy the writer and the readers are.
func (s *Store) Stats() kv.Stats {
	return kv.Stats{
		Waiting: len(s.writer.queue) + int(s.writer.waiting.n.Load()), Sent: int(s.writer.serving.Load()), Batches: s.writer.batches.Counts(),
		Pools: []kv.Pool{{Name: "readers", Open: cap(s.readers), Idle: len(s.readers)}},
	}
}
