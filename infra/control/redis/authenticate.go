// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// Authenticate returns who holds the token, and notes that it was used. It answers from memory without a lock, once it
// has read the token. Errors: ErrUnauthorized if it is malformed, unknown, expired or revoked; ErrUnavailable if that
// cannot be determined.
func (s *Store) Authenticate(ctx context.Context, t access.Token) (*access.Principal, error) {
	if !t.Plausible() && !mayBeAdminKey(t) {
		return nil, kv.ErrUnauthorized
	}
	return s.holder(ctx, t.Hash(), t.Plausible())
}

// AuthenticateHash is Authenticate for a token that was valid, of which only the hash is known.
func (s *Store) AuthenticateHash(ctx context.Context, h access.TokenHash) (*access.Principal, error) {
	return s.holder(ctx, h, true)
}

// holder returns who holds the token of that hash, and notes its use. Errors: those of Authenticate.
func (s *Store) holder(ctx context.Context, h access.TokenHash, plausible bool) (*access.Principal, error) {
	s.asked.Add(1)
	now := time.Now()
	b, err := s.bearer(ctx, h, plausible, now)
	switch {
	case err != nil:
		return nil, err
	case b == nil && s.older() != nil:
		return nil, s.older()
	case b == nil || b.Expired(now):
		return nil, kv.ErrUnauthorized
	}
	if b.Use(now) && !b.Local {
		s.used.Store(true)
	}
	return &b.Principal, nil
}

// mayBeAdminKey reports whether an implausible token may be an administrator's own key: one of the length of those that
// we make, but without their checksum.
func mayBeAdminKey(t access.Token) bool {
	return strings.HasPrefix(string(t), string(access.APIKey)) && t.ValidateAdminKey() == nil
}

// bearer returns who holds the token, or nil.
func (s *Store) bearer(ctx context.Context, h access.TokenHash, plausible bool, now time.Time) (*control.Bearer, error) {
	v := s.view.Load()
	if c, ok := v.credentials.Load(h); ok && v.age(now) <= s.cfg.MaxAge && s.lost() == nil {
		return c.(*credential).bearer(), nil
	}
	if b, ok := s.local.Load(h); ok {
		return b.(*control.Bearer), nil
	}
	v, err := s.fresh(ctx, now)
	if err != nil {
		return nil, err
	}
	if c, ok := v.credentials.Load(h); ok {
		return c.(*credential).bearer(), nil
	}
	if !plausible && hex.EncodeToString(h[:]) != v.unchecked {
		return nil, nil
	}
	return s.lookUp(ctx, v, h)
}

// bearer returns the bearer, nil if there is no such credential.
func (c *credential) bearer() *control.Bearer {
	if c == nil {
		return nil
	}
	return c.Bearer
}

// lookUp reads a credential, and keeps the result in the view.
func (s *Store) lookUp(ctx context.Context, v *view, h access.TokenHash) (*control.Bearer, error) {
	s.missed.Add(1)
	v, text, err := s.readOne(ctx, v, credentialField(h))
	if err != nil {
		return nil, err
	}
	c, err := decode(h, text, nil)
	if err == nil && v != nil {
		v.addCredential(h, c)
	}
	return c.bearer(), err
}

// HasProject reports whether there is such a project, from memory once it was read. Errors: ErrUnavailable.
func (s *Store) HasProject(ctx context.Context, id kv.ProjectID) (bool, error) {
	p, err := s.known(ctx, id)
	return p != nil, err
}

// ProjectLimits returns a project's own limits, from memory once they were read; none if there is no such project.
// Errors: ErrUnavailable.
func (s *Store) ProjectLimits(ctx context.Context, id kv.ProjectID) (access.ProjectLimits, error) {
	p, err := s.known(ctx, id)
	if p == nil {
		return access.ProjectLimits{}, err
	}
	return p.Limits, nil
}

// known returns a project, nil if there is none.
func (s *Store) known(ctx context.Context, id kv.ProjectID) (*access.Project, error) {
	v, err := s.fresh(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	if p, ok := v.projects.Load(id); ok {
		return p.(*access.Project), nil
	}
	v, text, err := s.readOne(ctx, v, projectField(id))
	if err != nil {
		return nil, err
	}
	p, err := decodeKnown(id, text)
	if err == nil && v != nil {
		v.addProject(id, p)
	}
	return p, err
}

// decodeKnown reads a stored project, nil if there is none.
func decodeKnown(id kv.ProjectID, text string) (*access.Project, error) {
	if text == "" {
		return nil, nil
	}
	p, err := decodeProject(id, text)
	if err != nil {
		return nil, unavailable(err)
	}
	return &p, nil
}

// readOne reads a field that is asked for the first time, and returns with it the view that it belongs to: the view of
// before the read, so that a credential removed since does not reappear. If the control data change all the time, the
// view is nil: the value is correct, but is not kept. Errors: ErrUnavailable, at once if the last check failed.
func (s *Store) readOne(ctx context.Context, v *view, field string) (*view, string, error) {
	if s.failing.Load() && !s.cfg.OnUse {
		return nil, "", errStale
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	for tries := 1; ; tries++ {
		began := time.Now()
		st, texts, err := s.read(ctx, field)
		switch {
		case err != nil:
			return nil, "", unavailable(err)
		case st.same(v.state):
			return v, texts[0], nil
		case tries == maxTries || s.recheck(ctx, began) != nil:
			return nil, texts[0], nil
		}
		v = s.view.Load()
	}
}

// AddLocal accepts a token until the store is closed, whether or not Redis can be reached. The token is
// neither listed nor stored.
func (s *Store) AddLocal(p access.Principal, h access.TokenHash) {
	s.local.Store(h, &control.Bearer{Principal: p, Hash: h, Local: true})
}

// CacheStats reports how the memory is used. Those of this process alone are not among the entries.
func (s *Store) CacheStats() control.CacheStats {
	credentials, _ := s.view.Load().known()
	missed := s.missed.Load() // before asked, which is never less
	return control.CacheStats{Entries: len(credentials), Hits: s.asked.Load() - missed, Misses: missed}
}
