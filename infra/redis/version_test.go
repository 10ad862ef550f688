// SPDX-License-Identifier: Apache-2.0

package redis

import "testing"

func TestVersionWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		redis, valkey string
		faulty        bool
	}{
		{"3.2.12", "", true},
		{"4.0.5", "", true},
		{"4.0.6", "", false},
		{"6.0.3", "", true},
		{"6.0.4", "", false},
		{"7.0.15", "", false},
		{"7.2.10", "", true},
		{"7.2.11", "", false},
		{"7.4.5", "", true},
		{"8.0.2", "", false}, // of which Debian ships a fixed build
		{"8.0.3", "", true},
		{"8.0.4", "", false},
		{"8.2.1", "", true},
		{"8.2.2", "", false},
		{"8.4.0", "", false},
		{"7.2.4", "8.1.1", false},
		{"7.2.4", "8.1.3", true},
		{"7.2.4", "8.1.4", false},
		{"7.2.4", "9.0.0", false},
		{"", "", false},
		{"unstable", "", false},
	} {
		got := versionWarnings(map[string]string{"redis_version": tt.redis, "valkey_version": tt.valkey})
		if (len(got) > 0) != tt.faulty {
			t.Errorf("Redis %q, Valkey %q: %v", tt.redis, tt.valkey, got)
		}
	}
}
