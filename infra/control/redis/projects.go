// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// storedProject is a project as it is stored, under its id.
type storedProject struct {
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
	// Limits of the project: 0 is that of the server, -1 none.
	RequestsPerSecond access.Limit `json:"requests_per_second,omitempty"`
	Keys              access.Limit `json:"keys,omitempty"`
	Bytes             access.Limit `json:"bytes,omitempty"`
}

func encodeProject(p access.Project) (string, error) {
	text, err := json.Marshal(storedProject{
		p.Name, control.ToMicro(p.CreatedAt), p.Limits.RequestsPerSecond, p.Limits.Keys, p.Limits.Bytes,
	})
	if err != nil {
		return "", fmt.Errorf("project: %w", err)
	}
	return string(text), nil
}

// createScript creates a project with the text ARGV[3], and the id ARGV[2] if that is not 0; from ARGV[5] on come the
// ids that are occupied. A number in Lua is a float64, which holds every id.
var createScript = fmt.Sprintf(`
local id, unverified, occupied = ARGV[2], ARGV[4], {}
for i = 5, #ARGV do
	occupied[ARGV[i]] = true
end
local function deleted() return redis.call('SISMEMBER', KEYS[3], id) == 1 end
if id ~= '0' then
	if has('project:' .. id) then
		return {'exists'}
	elseif deleted() then
		return {'deleted'}
	end
else
	local n = tonumber(redis.call('HGET', main, 'last_project') or '0')
	repeat
		n = n + 1
		if n > %d then
			return {'full'}
		end
		id = string.format('%%.0f', n)
	until not (occupied[id] or has('project:' .. id) or deleted())
	redis.call('HSET', main, 'last_project', id)
end
redis.call('HSET', main, 'project:' .. id, ARGV[3])
redis.call('ZADD', KEYS[2], id, id)
if unverified == '1' then
	redis.call('SADD', KEYS[4], id)
end
renew()
return {'ok', id}`, kv.MaxProjectID)

// CreateProject creates a project with the id asked for, or else with the smallest one above the last that is not in
// use by a project, existing or deleted, or by a key. Errors: ErrConflict if the id asked for is or ever was in use,
// ErrInvalid if it is out of range.
func (s *Store) CreateProject(ctx context.Context, n access.NewProject) (access.Project, error) {
	if n.ID < 0 || n.ID > kv.MaxProjectID {
		return access.Project{}, kv.Refuse(kv.ErrInvalid, "a project id is from 1 to %d", kv.MaxProjectID)
	}
	p := access.Project{ID: n.ID, Name: n.Name, CreatedAt: control.Now(), Limits: n.Limits}
	text, err := encodeProject(p)
	if err != nil {
		return access.Project{}, err
	}
	args := []any{digits(n.ID), text, n.Unverified}
	for _, id := range n.Occupied {
		args = append(args, digits(id))
	}
	reply, err := s.change(ctx, createScript, []string{projectsKey, deletedKey, unverifiedKey}, args...)
	if err != nil {
		return access.Project{}, err
	}
	switch reply[0] {
	case "exists":
		return access.Project{}, kv.Refuse(kv.ErrConflict, "there is a project %d already", n.ID)
	case "deleted":
		return access.Project{}, kv.Refuse(kv.ErrConflict, "project %d was deleted, and its id is never used again", n.ID)
	case "full":
		return access.Project{}, kv.Refuse(kv.ErrConflict, "there are no project ids left")
	}
	s.forget(nobody, 0)
	p.ID, err = parseID(reply[1])
	return p, err
}

const listProjectsScript = `
local list = {'ok'}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
	list[#list+1] = id
	list[#list+1] = redis.call('HGET', KEYS[1], 'project:' .. id)
end
return list`

// ListProjects returns all projects by id.
func (s *Store) ListProjects(ctx context.Context) ([]access.Project, error) {
	reply, err := s.look(ctx, listProjectsScript, []string{projectsKey})
	if err != nil {
		return nil, err
	}
	var projects []access.Project
	for at := 1; at+1 < len(reply); at += 2 {
		id, err := parseID(reply[at])
		if err != nil {
			return nil, fmt.Errorf("stored project: %w", err)
		}
		p, err := decodeProject(id, reply[at+1])
		if err != nil {
			return nil, err
		}
		projects = append(projects, p)
	}
	return projects, nil
}

// Project returns one. Errors: ErrProjectNotFound.
func (s *Store) Project(ctx context.Context, id kv.ProjectID) (access.Project, error) {
	_, texts, err := s.read(ctx, projectField(id))
	switch {
	case err != nil:
		return access.Project{}, err
	case texts[0] == "":
		return access.Project{}, kv.ErrProjectNotFound
	}
	return decodeProject(id, texts[0])
}

func decodeProject(id kv.ProjectID, text string) (access.Project, error) {
	var p storedProject
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return access.Project{}, fmt.Errorf("stored project %d: %w", id, err)
	}
	return access.Project{
		ID: id, Name: p.Name, CreatedAt: control.FromMicro(p.CreatedAt),
		Limits: access.ProjectLimits{RequestsPerSecond: p.RequestsPerSecond, Keys: p.Keys, Bytes: p.Bytes},
	}, nil
}

// updateScript replaces the text ARGV[3] of the project ARGV[2] by ARGV[4].
const updateScript = `
local field = 'project:' .. ARGV[2]
local text = redis.call('HGET', main, field) or ''
if text ~= ARGV[3] then
	return {'changed', text}
end
redis.call('HSET', main, field, ARGV[4])
renew()
return {'ok'}`

// maxUpdates bounds how often a change of a project is tried again because of changes by others.
const maxUpdates = 1000

// UpdateProject changes a project and returns it. Errors: ErrProjectNotFound; ErrBusy if others change it all the time.
func (s *Store) UpdateProject(ctx context.Context, id kv.ProjectID, c access.ProjectChange) (access.Project, error) {
	_, texts, err := s.read(ctx, projectField(id))
	if err != nil {
		return access.Project{}, err
	}
	before := texts[0]
	for range maxUpdates {
		if before == "" {
			return access.Project{}, kv.ErrProjectNotFound
		}
		p, err := decodeProject(id, before)
		if err != nil {
			return access.Project{}, err
		}
		p = p.With(c)
		text, err := encodeProject(p)
		if err != nil {
			return access.Project{}, err
		}
		reply, err := s.change(ctx, updateScript, nil, digits(id), before, text)
		switch {
		case err != nil:
			return access.Project{}, err
		case reply[0] == "ok":
			s.forget(nobody, id)
			return p, nil
		}
		before = reply[1]
	}
	return access.Project{}, kv.Refuse(kv.ErrBusy, "others are changing the project: try again")
}

const deleteScript = `
local id = ARGV[2]
if redis.call('HDEL', main, 'project:' .. id) == 0 then
	return {'none'}
end
redis.call('ZREM', KEYS[2], id)
redis.call('SADD', KEYS[3], id)
if redis.call('SREM', KEYS[4], id) == 0 then
	redis.call('HSET', KEYS[5], id, ARGV[3])
end
for _, entry in ipairs(redis.call('HVALS', KEYS[6])) do
	redis.call('HDEL', main, 'credential:' .. hash_of(entry))
	redis.call('HDEL', KEYS[7], hash_of(entry))
end
redis.call('DEL', KEYS[6])
renew()
return {'ok'}`

// DeleteProject revokes the project's tokens at once and queues its keys for deletion. A project that is still
// unverified has no keys: it was never used with a store, and keys under its id belong to another service.
// Errors: ErrProjectNotFound.
func (s *Store) DeleteProject(ctx context.Context, id kv.ProjectID) error {
	keys := []string{projectsKey, deletedKey, unverifiedKey, deletionsKey, indexKey(id), usedKey}
	reply, err := s.change(ctx, deleteScript, keys, digits(id), control.ToMicro(control.Now()))
	if err != nil {
		return err
	}
	if reply[0] == "none" {
		return kv.ErrProjectNotFound
	}
	s.forget(func(b *control.Bearer) bool { return b.Project == id }, id)
	return nil
}
