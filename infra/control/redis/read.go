// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// schema is the version of the schema that this program reads and writes.
const schema = "1"

// state is the result of a check of the generation.
type state struct {
	id         string // of the control data, empty if there are none
	generation string // changes with each change that memory must follow
	settings   string // changes with the settings
	unchecked  string // the hash of an administrator's own key that Plausible takes for a mistyped one of ours
	restore    string // the document that says what is being restored
}

// same reports whether what was read in one state is valid in the other. Settings and what is restored are read each
// time.
func (st state) same(other state) bool {
	other.settings, other.restore = st.settings, st.restore
	return st == other
}

// stateFields are the fields of mainKey in a state.
var stateFields = []string{"schema", "id", "generation", "settings_generation", "unchecked", documentField(engine.RestoreDocument)}

// read returns the state and the fields of mainKey, empty if missing, as of one moment.
func (s *Store) read(ctx context.Context, fields ...string) (state, []string, error) {
	args := make([]any, 0, 2+len(stateFields)+len(counters)+len(fields))
	args = append(args, "hmget", mainKey)
	for _, list := range [][]string{stateFields, counters[:], fields} {
		for _, field := range list {
			args = append(args, field)
		}
	}
	known, before := s.ID(), s.highest.Load()
	reply, err := s.send(ctx, mainKey, false, args...)
	if err != nil {
		return state{}, nil, err
	}
	texts, err := asTexts(reply)
	if err != nil || len(texts) != len(args)-2 {
		return state{}, nil, errors.Join(errors.New("control data: an odd answer to HMGET"), err)
	}
	if found := texts[0]; found != "" && found != schema {
		return state{}, nil, errSchema(found)
	}
	if err := s.identify(texts[1], known); err != nil {
		return state{}, nil, err
	}
	others := texts[len(stateFields):]
	s.compare(parseCounts(others), before)
	return state{texts[1], texts[2], texts[3], texts[4], texts[5]}, others[len(counters):], nil
}

// callTime bounds a command whose caller has no deadline.
const callTime = 5 * time.Second

// do sends one command that names key, unless the control data are gone or replaced by others.
func (s *Store) do(ctx context.Context, key string, write bool, args ...any) (any, error) {
	if err := s.lost(); err != nil {
		return nil, err
	}
	return s.send(ctx, key, write, args...)
}

func (s *Store) send(ctx context.Context, key string, write bool, args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	reply, err := s.redis.Do(ctx, key, write, args...)
	if err != nil {
		return nil, fmt.Errorf("control data: %w", err)
	}
	return reply, nil
}

func errSchema(found string) error {
	return kv.Refuse(kv.ErrUnavailable, "the control data in Redis have the schema %s and this tempskv knows %s: "+
		"they belong to a newer one; run that, or bring a backup of that Redis back from before it", found, schema)
}

// asTexts reads a list of strings; nil becomes an empty one.
func asTexts(reply any) ([]string, error) {
	list, ok := reply.([]any)
	if !ok {
		return nil, fmt.Errorf("control data: not a list: %T", reply)
	}
	texts := make([]string, len(list))
	for i, item := range list {
		switch item := item.(type) {
		case nil:
		case string:
			texts[i] = item
		default:
			return nil, fmt.Errorf("control data: not a string: %T", item)
		}
	}
	return texts, nil
}
