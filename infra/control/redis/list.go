// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// listScript returns for every credential of an index its entry there, its text and its last use.
const listScript = `
if ARGV[1] ~= '0' and redis.call('HEXISTS', KEYS[1], 'project:' .. ARGV[1]) == 0 then
	return {'project'}
end
local list = {'ok'}
for _, entry in ipairs(redis.call('HVALS', KEYS[2])) do
	local hash = string.match(entry, ':(.*)$')
	list[#list+1] = entry
	list[#list+1] = redis.call('HGET', KEYS[1], 'credential:' .. hash)
	list[#list+1] = redis.call('HGET', KEYS[3], hash) or '0'
end
return list`

// Tokens lists a project's deployment tokens, oldest first. Errors: ErrProjectNotFound.
func (s *Store) Tokens(ctx context.Context, p kv.ProjectID) ([]access.Credential, error) {
	if p == 0 { // stands for the API keys here
		return nil, kv.ErrProjectNotFound
	}
	return s.list(ctx, p)
}

// APIKeys lists the API keys, oldest first.
func (s *Store) APIKeys(ctx context.Context) ([]access.Credential, error) { return s.list(ctx, 0) }

// list returns the credentials of a project, or the API keys if that is 0, with their last use as far as it is recorded.
func (s *Store) list(ctx context.Context, p kv.ProjectID) ([]access.Credential, error) {
	reply, err := s.look(ctx, listScript, []string{indexKey(p), usedKey}, digits(p))
	switch {
	case err != nil:
		return nil, err
	case reply[0] == "project":
		return nil, kv.ErrProjectNotFound
	}
	rows := make([]row, 0, len(reply)/3)
	for three := range slices.Chunk(reply[1:], 3) {
		r, err := newRow(three)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.number, b.number) })
	list := make([]access.Credential, len(rows))
	for i, r := range rows {
		if c, ok := s.view.Load().credentials.Load(r.hash); ok && c.(*credential) != nil {
			r.used = max(r.used, c.(*credential).LastUsed())
		}
		list[i] = r.Credential
		list[i].LastUsedAt = control.FromMicro(r.used)
	}
	return list, nil
}

// row is a credential in a list.
type row struct {
	access.Credential
	number, used int64
	hash         access.TokenHash
}

// newRow reads what listScript returns for one credential.
func newRow(three []string) (r row, err error) {
	if len(three) != 3 {
		return r, errors.New("stored credentials: an odd list")
	}
	number, hash, _ := strings.Cut(three[0], ":")
	var err1, err2, err3 error
	r.number, err1 = strconv.ParseInt(number, 10, 64)
	if n, err := hex.Decode(r.hash[:], []byte(hash)); err != nil || n != len(r.hash) {
		err2 = errors.New("a token's hash is damaged")
	}
	r.used, err3 = strconv.ParseInt(three[2], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return r, fmt.Errorf("stored credentials: %w", err)
	}
	r.Credential, err = decodeCredential(three[1])
	return r, err
}
