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
	// large are the values whose reads go past the pipelines, as their writes do; tooLarge those that
	// no answer may hold, which another client wrote: they are not loaded again.
	large, tooLarge largeValues
	// apart is a store over the same servers with connections of its own, for what moves many keys: requests wait for none
	// of them.
	apart *Store
	// marks is one more, whose connections are not guarded: what a database is taken for depends on what it says.
	marks *Store
	// explain returns a Refusal for an error of a server, which names it.
	explain func(ctx context.Context, err error) error

	closing sync.RWMutex // held for reading by every call
	closed  bool
}

var _ kv.Store = (*Store)(nil)

// newStore returns a store over n, which it closes.
func newStore(n nodes, c Config) *Store {
	seed := maphash.MakeSeed()
	return &Store{
		cfg: c, nodes: n, queues: queues{limit: c.MaxQueued},
		large:    largeValues{from: largeCommand, seed: seed},
		tooLarge: largeValues{from: int(c.MaxAnswer) + 1, seed: seed},
	}
}

// Close waits for the calls that are under way, each bounded by its context, and closes the connections.
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
	return errors.Join(s.marks.Close(), s.apart.Close(), s.nodes.Close())
}

// bulk is the store for what goes through many keys.
func (s *Store) bulk() *Store {
	if s.apart == nil {
		return s
	}
	return s.apart
}

// unguarded is the store for what is asked of a server, whatever mark it bears.
func (s *Store) unguarded() *Store {
	if s.marks == nil {
		return s
	}
	return s.marks
}

// run sends a call of one command between begin and end.
func (s *Store) run(ctx context.Context, c *call) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	return s.do(ctx, c)
}
