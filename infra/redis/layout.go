// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// layout says which servers hold the keys, at one moment.
type layout struct {
	members []member // by id
	slots   uint64   // changes when a slot of a Cluster changes hands
	open    bool     // a slot is being moved to another server
}

// member is one server of a layout.
type member struct {
	client *goredis.Client
	id     uint64 // of a Cluster's node; 0 outside a Cluster
}

// layout asks the servers of a Cluster which slots they hold.
func (s *Store) layout(ctx context.Context) (layout, error) {
	if one, ok := s.nodes.(*single); ok {
		return layout{members: []member{{client: one.Client}}}, nil
	}
	var mu sync.Mutex
	var l layout
	err := s.nodes.ForEachMaster(ctx, func(ctx context.Context, client *goredis.Client) error {
		cmd := goredis.NewStringCmd(ctx, "cluster", "nodes")
		if err := s.queryNode(ctx, client, &command{Cmder: cmd}); err != nil {
			return err
		}
		id, slots := ownSlots(cmd.Val())
		mu.Lock()
		defer mu.Unlock()
		l.members = append(l.members, member{client, hash(id)})
		l.slots ^= hash(id + slots)
		l.open = l.open || strings.Contains(slots, "[")
		return nil
	})
	if err != nil {
		return layout{}, lookupError(ctx, err)
	}
	slices.SortFunc(l.members, func(a, b member) int { return cmp.Compare(a.id, b.id) })
	return l, nil
}

// ownSlots returns the id of the server that replied to CLUSTER NODES with text, and its slots: ranges, and in brackets
// those that are being moved. See CLUSTER NODES in the Redis command reference.
func ownSlots(text string) (id, slots string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) >= 8 && strings.HasPrefix(fields[2], "myself") {
			return fields[0], strings.Join(fields[8:], " ")
		}
	}
	return "", ""
}

// next returns the first member whose id is at least id, or nil after the last.
func (l layout) next(id uint64) *member {
	i, _ := slices.BinarySearchFunc(l.members, id, func(m member, id uint64) int { return cmp.Compare(m.id, id) })
	if i == len(l.members) {
		return nil
	}
	return &l.members[i]
}

// after returns the member that follows m, or nil after the last.
func (l layout) after(m *member) *member {
	if m.id == math.MaxUint64 {
		return nil
	}
	return l.next(m.id + 1)
}
