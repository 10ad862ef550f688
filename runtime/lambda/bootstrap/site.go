// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/local/docs"
)

const (
	// initTime is what the start of the process may take to reach Redis; after it the first request tries again.
	initTime = 2 * time.Second
	// endTime is what the process has after SIGTERM, less something: then it is killed.
	endTime = 300 * time.Millisecond
)

// site is what the function serves: a node from when its control data could be reached, which each request tries
// that comes before. Nothing is left to goes on after a request, since the process is frozen then.
type site struct {
	open func(ctx context.Context) (*node, error)
	log  *slog.Logger
	down func() *handlers.API // answers while there is no node

	mu   sync.Mutex
	node *node
	err  error // why there is none
}

func newSite(cfg config, log *slog.Logger) *site {
	s := &site{
		open: func(ctx context.Context) (*node, error) { return openNode(ctx, cfg, log) },
		log:  log,
	}
	s.down = sync.OnceValue(func() *handlers.API {
		return handlers.New(handlers.Deps{
			Service: lifecycle.New(nil, lifecycle.Config{}), Control: unreachable{why: s.why}, Bounds: bounds, Whole: true,
			CORSOrigins: cfg.origins, Log: log, Docs: docs.Pages{},
		})
	})
	return s
}

// why returns what the last attempt to open the node failed in.
func (s *site) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// begin reaches for Redis before the first request is taken. The first request gets its error.
func (s *site) begin(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, initTime)
	defer cancel()
	_, _ = s.reach(ctx)
}

// reach returns the node, opening it if need be.
func (s *site) reach(ctx context.Context) (*node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.node != nil {
		return s.node, nil
	}
	n, err := s.open(ctx)
	if s.err = err; err != nil {
		s.log.Error("the control data cannot be reached; the next request tries again", "error", err)
		return nil, err
	}
	s.node = n
	return n, nil
}

// ServeHTTP answers a request.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.api(r.Context()).ServeHTTP(w, r) }

// Fail responds to a request that comes to no operation.
func (s *site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	s.down().Fail(w, r, err)
}

func (s *site) api(ctx context.Context) *handlers.API {
	n, err := s.reach(ctx)
	if err != nil {
		return s.down()
	}
	return n.api
}

// operation returns the name of the operation that a request is for. It does not wait for a node that is being opened: the time of
// the invocation may be over.
func (s *site) operation(r *http.Request) string {
	if s.mu.TryLock() {
		n := s.node
		s.mu.Unlock()
		if n != nil {
			return n.api.Operation(r)
		}
	}
	return s.down().Operation(r)
}

// sweep is the scheduled work: the keys of deleted projects.
func (s *site) sweep(ctx context.Context) error {
	n, err := s.reach(ctx)
	if err != nil {
		return err
	}
	return n.service.Sweep(ctx)
}

// end records what is still only in memory, if that is possible in time.
func (s *site) end() {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.node == nil {
			return
		}
		if err := s.node.close(); err != nil {
			s.log.Warn("ending", "error", err)
		}
	}()
	select {
	case <-ended:
	case <-time.After(endTime):
	}
}

// unreachable stands for control data that cannot be reached: no caller is known.
type unreachable struct {
	access.Access
	why func() error
}

// Authenticate refuses everybody as one who may come again, and says if the control data are gone.
func (u unreachable) Authenticate(context.Context, access.Token) (*access.Principal, error) {
	if err := u.why(); control.IsGone(err) {
		return nil, err
	}
	return nil, kv.Refuse(kv.ErrUnavailable, "the control data cannot be reached; nothing was applied: try again")
}
