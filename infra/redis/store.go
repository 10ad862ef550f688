// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Store is a kv.Store over Redis. It is made by Open.
type Store struct {
	cfg    Config
	nodes  nodes
	queues queues
	// large are the values whose reads bypass the pipelines, as their writes do, and that are measured before.
	large largeValues
	// short are the keys whose values an operation on many reads without measuring them.
	short *shortValues
	// windows bound the values of a project that are read before they are measured.
	windows windows
	// longNames are the patterns of scans that last found long names.
	longNames largeValues
	// apart is a store over the same servers with separate connections, for operations on many keys, so that requests do not
	// wait for them.
	apart *Store
	// brief is another one, for replies with many short values; nil: all are measured.
	brief *Store
	// marks is another one, whose connections are not guarded: it reads the mark.
	marks *Store
	// explain returns a Refusal for an error of a server that names the server.
	explain func(ctx context.Context, err error) error

	closing sync.RWMutex // held for reading by every operation
	closed  bool
}

var _ kv.Store = (*Store)(nil)

// Capabilities says that it can be claimed, and that what a project stores can be counted.
func (s *Store) Capabilities() kv.Capabilities {
	return kv.Capabilities{Claimer: s, Count: s.Count}
}

// newStore returns a store over n, which it closes.
func newStore(n nodes, c Config) *Store {
	seed := maphash.MakeSeed()
	return &Store{
		cfg: c, nodes: n, queues: queues{limit: c.MaxQueued, timeout: c.Timeout},
		large:     largeValues{from: min(largeCommand, int(c.MaxAnswer)+1), seed: seed},
		longNames: largeValues{from: scanBytes / 100, seed: seed},
	}
}

// Close waits for the operations under way, each bounded by its context, and closes the connections.
func (s *Store) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.apart == nil {
		return s.nodes.Close()
	}
	errs := []error{s.marks.Close(), s.apart.Close(), s.nodes.Close()}
	if s.brief != nil {
		errs = append(errs, s.brief.Close())
	}
	return errors.Join(errs...)
}

// bulk returns the store for operations on many keys.
func (s *Store) bulk() *Store {
	if s.apart == nil {
		return s
	}
	return s.apart
}

// unguarded returns the store whose commands reach a server whatever mark it has.
func (s *Store) unguarded() *Store {
	if s.marks == nil {
		return s
	}
	return s.marks
}

// run sends one command, between begin and end.
func (s *Store) run(ctx context.Context, c *command) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	return s.do(ctx, c)
}
