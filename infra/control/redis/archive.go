// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// exportScript returns the hash of the unchecked credential, and for every project and credential four texts: what it is,
// its id or hash, how it is kept, and its last use.
const exportScript = `
local list = {'ok', redis.call('HGET', KEYS[1], 'unchecked') or ''}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
	local sort, name = string.match(all[i], '^(%a+):(.*)$')
	if sort == 'project' or sort == 'credential' then
		list[#list+1] = sort
		list[#list+1] = name
		list[#list+1] = all[i+1]
		list[#list+1] = redis.call('HGET', KEYS[2], name) or '0'
	end
end
return list`

// ExportAccess returns all projects by id, and all credentials, oldest first, as they are at one moment. Last uses lag
// behind.
func (s *Store) ExportAccess(ctx context.Context) (archive.Access, error) {
	reply, err := s.look(ctx, exportScript, []string{usedKey})
	if err != nil {
		return archive.Access{}, err
	}
	if len(reply)%4 != 2 {
		return archive.Access{}, fmt.Errorf("control data: an odd list of %d texts", len(reply))
	}
	var d archive.Access
	for four := range slices.Chunk(reply[2:], 4) {
		if err := addTo(&d, four, reply[1]); err != nil {
			return archive.Access{}, err
		}
	}
	slices.SortFunc(d.Projects, func(a, b access.Project) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Credentials, func(a, b archive.Credential) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return d, nil
}

// addTo reads what exportScript returns for one project or credential.
func addTo(d *archive.Access, four []string, unchecked string) error {
	name, text := four[1], four[2]
	if four[0] == "project" {
		id, err := parseID(name)
		if err != nil {
			return fmt.Errorf("stored project: %w", err)
		}
		p, err := decodeProject(id, text)
		d.Projects = append(d.Projects, p)
		return err
	}
	r, err := newRow([]string{"0:" + name, text, four[3]}) // the stored credential does not contain its number
	if err != nil {
		return err
	}
	r.LastUsedAt = control.FromMicro(r.used)
	d.Credentials = append(d.Credentials, archive.Credential{
		Credential: r.Credential, Hash: r.hash, Unchecked: name == unchecked,
	})
	return nil
}

// importScript imports ARGV[3] projects, two arguments each from ARGV[4] on: an id and a text; and after them
// credentials, seven each: which of KEYS is the index, the project or 0, the hash, the id, the text, the last use, and
// whether it is unchecked. New ids will be above ARGV[2]. All that may be refused is refused before the first change.
const importScript = addition + `
local brought, first = {}, 4 + 2 * tonumber(ARGV[3])
for i = 4, first - 1, 2 do
	if redis.call('HEXISTS', KEYS[4], ARGV[i]) == 1 then
		return {'deleting', ARGV[i]}
	end
	brought[ARGV[i]] = true
end
for i = first, #ARGV, 7 do
	local project = ARGV[i+1]
	if project ~= '0' and not brought[project] and not has('project:' .. project) then
		return {'project'}
	end
end
renew()
if tonumber(ARGV[2]) > tonumber(redis.call('HGET', main, 'last_project') or '0') then
	redis.call('HSET', main, 'last_project', ARGV[2])
end
for i = 4, first - 1, 2 do
	redis.call('HSET', main, 'project:' .. ARGV[i], ARGV[i+1])
	redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i])
	redis.call('SREM', KEYS[3], ARGV[i])
end
for i = first, #ARGV, 7 do
	local index, hash, id = KEYS[tonumber(ARGV[i])], ARGV[i+2], ARGV[i+3]
	if not has('credential:' .. hash) and redis.call('HEXISTS', index, id) == 0 then
		add(index, hash, id, ARGV[i+4])
		if ARGV[i+5] ~= '0' then
			redis.call('HSET', KEYS[5], hash, ARGV[i+5])
		end
		if ARGV[i+6] == '1' then
			redis.call('HSET', main, 'unchecked', hash)
		end
	end
end
return {'ok'}`

// ImportAccess makes projects and credentials be as in d, all or none of them: see archive.Control. A credential whose hash or
// id exists stays as it is: the administrator's own key is that of these servers. Errors: ErrConflict if the keys of a
// project that d brings back are still being deleted; ErrProjectNotFound if a credential is of a project that neither
// exists nor is in d; ErrInvalid if a project's id is out of range.
func (s *Store) ImportAccess(ctx context.Context, d archive.Access) error {
	if err := control.CheckArchive(d); err != nil {
		return err
	}
	keys := []string{projectsKey, deletedKey, deletionsKey, usedKey}
	args := []any{digits(control.LastID(d.Projects)), len(d.Projects)}
	for _, p := range d.Projects {
		text, err := encodeProject(p)
		if err != nil {
			return err
		}
		args = append(args, digits(p.ID), text)
	}
	indices := map[kv.ProjectID]int{}
	for _, c := range d.Credentials {
		if indices[c.Project] == 0 {
			keys = append(keys, indexKey(c.Project))
			indices[c.Project] = 1 + len(keys) // KEYS[1] is mainKey
		}
		text, err := encodeAsIs(c.Credential)
		if err != nil {
			return err
		}
		args = append(args, indices[c.Project], digits(c.Project), hexOf(c.Hash), c.ID, text, control.ToMicro(c.LastUsedAt), c.Unchecked)
	}
	reply, err := s.change(ctx, importScript, keys, args...)
	switch {
	case err != nil:
		return err
	case reply[0] == "project":
		return kv.ErrProjectNotFound
	case reply[0] == "deleting":
		id, err := parseID(reply[1])
		if err != nil {
			return fmt.Errorf("control data: %s: %w", deletionsKey, err)
		}
		return control.StillDeleted(id)
	}
	// The import is done. If this check fails, it logs that, and the next check sees the import, as on the other servers.
	_ = s.alone(ctx, func() error { return s.check(ctx) })
	return nil
}
