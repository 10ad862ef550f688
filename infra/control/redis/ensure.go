// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// ensureScript is addScript, unless the field ARGV[6] records that it was done before, or there is such a credential.
const ensureScript = addition + `
if ARGV[2] ~= '0' and not has('project:' .. ARGV[2]) then
	return {'project'}
elseif has(ARGV[6]) then
	return {'before'}
end
redis.call('HSET', main, ARGV[6], ARGV[4])
if has('credential:' .. ARGV[3]) then
	return {'before'}
end
add(KEYS[2], ARGV[3], ARGV[4], ARGV[5])
renew()
return {'ok'}`

// EnsureCredential adds c under the hash of its token, unless there is a credential with that hash, or EnsureCredential ever
// added one: a token that was revoked stays revoked. It returns the credential with ID and CreatedAt set, and whether it was
// added. It makes a new generation: unlike a token that we make, this one may have been asked for, and refused, before. Errors:
// ErrProjectNotFound.
func (s *Store) EnsureCredential(ctx context.Context, c access.Credential, h access.TokenHash) (access.Credential, bool, error) {
	c.ID = control.NewID()
	text, err := encode(&c)
	if err != nil {
		return access.Credential{}, false, err
	}
	reply, err := s.change(ctx, ensureScript, []string{indexKey(c.Project)}, digits(c.Project), hexOf(h), c.ID, text,
		documentField(control.EnsuredDocument(h)))
	switch {
	case err != nil:
		return access.Credential{}, false, err
	case reply[0] == "project":
		return access.Credential{}, false, kv.ErrProjectNotFound
	case reply[0] != "ok":
		return access.Credential{}, false, nil
	}
	s.forget(nobody, 0)
	return c, true, nil
}
