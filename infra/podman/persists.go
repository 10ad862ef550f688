// SPDX-License-Identifier: Apache-2.0

package podman

import "context"

// persists reports whether the server writes its data to disk, nil if it does not say. See CONFIG GET in the Redis
// command reference.
func (s *server) persists(ctx context.Context) *bool {
	kept := false
	for name, nothing := range map[string]string{"appendonly": "no", "save": ""} {
		config, err := s.client.ConfigGet(ctx, name).Result()
		value, ok := config[name]
		if err != nil || !ok {
			return nil
		}
		kept = kept || value != nothing
	}
	return &kept
}
