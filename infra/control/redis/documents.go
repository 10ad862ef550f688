// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
)

// documentField names the field of mainKey that holds a document.
func documentField(name string) string { return "document:" + name }

// Document returns the text of that name, empty if there is none.
func (s *Store) Document(ctx context.Context, name string) (string, error) {
	_, texts, err := s.read(ctx, documentField(name))
	if err != nil {
		return "", err
	}
	return texts[0], nil
}

// swapScript replaces the text ARGV[3] in the field ARGV[2] by ARGV[4]. The other servers see a new
// generation of the settings, unless they read that field itself.
const swapScript = `
if (redis.call('HGET', main, ARGV[2]) or '') ~= ARGV[3] then
	return {'changed'}
end
if ARGV[4] == '' then
	redis.call('HDEL', main, ARGV[2])
else
	redis.call('HSET', main, ARGV[2], ARGV[4])
end
if ARGV[5] ~= '1' then
	redis.call('HSET', main, 'settings_generation', ARGV[1])
end
return {'ok'}`

// SwapDocument stores after in place of before, and reports false if another text is stored.
func (s *Store) SwapDocument(ctx context.Context, name, before, after string) (bool, error) {
	reply, err := s.change(ctx, swapScript, nil, documentField(name), before, after, name == engine.RestoreDocument)
	if err != nil || reply[0] != "ok" {
		return false, err
	}
	if name == engine.RestoreDocument { // if this check fails, it logs that, and the next one sees the change
		_ = s.alone(ctx, func() error { return s.check(ctx) })
	}
	return true, nil
}

// RestoreDocument returns the document of that name from memory: as it was at some time in the last MaxAge, like all
// that requests are checked against. Errors: ErrUnavailable if it is not known.
func (s *Store) RestoreDocument(ctx context.Context) (string, error) {
	v, err := s.fresh(ctx, time.Now())
	if err != nil {
		return "", err
	}
	return *v.restoring.Load(), nil
}
