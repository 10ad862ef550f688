// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"math"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Name is the name of an engine.
type Name string

// The engines.
const (
	Embedded Name = "embedded" // one SQLite file, in-process
	Podman   Name = "podman"   // a Redis or Valkey container that tempskv looks after
	External Name = "external" // a Redis that someone else runs
)

// Eviction is Redis's maxmemory-policy.
type Eviction string

// The policies. When max_memory is reached, NoEviction refuses writes and the others remove keys.
const (
	NoEviction  Eviction = "noeviction"
	VolatileLRU Eviction = "volatile-lru"
	AllKeysLRU  Eviction = "allkeys-lru"
)

// MayEvict reports whether keys without an expiry are removed to make room.
func (e Eviction) MayEvict() bool { return strings.HasPrefix(string(e), "allkeys-") }

// Memory is an amount of memory as Redis writes it ("256mb", "1gb"); empty or "0" means no limit.
type Memory string

// Validate returns a Refusal of kind kv.ErrInvalid if m is not an amount as Redis writes it.
func (m Memory) Validate() error {
	if _, ok := m.parse(); !ok {
		return kv.Refuse(kv.ErrInvalid, `must be an amount of memory such as "256mb" or "1gb"`)
	}
	return nil
}

// Bytes returns the amount in bytes; 0 means no limit, or an amount that does not validate.
func (m Memory) Bytes() int64 {
	n, _ := m.parse()
	return n
}

// MemoryOf formats an amount in bytes as Redis does, in the largest unit that keeps it exact.
func MemoryOf(bytes int64) Memory {
	unit := ""
	for _, next := range []string{"kb", "mb", "gb"} {
		if bytes == 0 || bytes%memoryUnits[next] != 0 {
			break
		}
		unit = next
	}
	return Memory(strconv.FormatInt(bytes/memoryUnits[unit], 10) + unit)
}

var memoryUnits = map[string]int64{
	"": 1, "b": 1, "k": 1e3, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30,
}

// parse reads the units of redis.conf: 1k is 1000, 1kb is 1024, and so on, in any case.
func (m Memory) parse() (int64, bool) {
	if m == "" {
		return 0, true
	}
	digits := strings.TrimRight(string(m), "bgkmBGKM")
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return 0, false
	}
	unit, ok := memoryUnits[strings.ToLower(string(m[len(digits):]))]
	if !ok || int64(n) > math.MaxInt64/unit {
		return 0, false
	}
	return int64(n) * unit, true
}

// Settings are the settings of the last enable or update. They are kept over disable and restart.
type Settings struct {
	Enabled bool
	// Engine is empty before the first enable, which fixes it.
	Engine Name
	// Provisioned says that the engine has started with these settings before: missing data are then an error, never an
	// empty store.
	Provisioned bool
	DockerImage string // empty: the engine's default
	MaxMemory   Memory
	Persistence bool
	Eviction    Eviction
	RedisURL    string // holds a password: never shown or logged
}

// DefaultSettings are those of a service that was never enabled.
func DefaultSettings() Settings {
	return Settings{Persistence: true, Eviction: NoEviction}
}

// Same reports whether two settings are equal, regardless of how the amount of memory is written.
func (s Settings) Same(o Settings) bool {
	if s.MaxMemory.Bytes() == o.MaxMemory.Bytes() {
		s.MaxMemory = o.MaxMemory
	}
	return s == o
}

// Change is a change of the settings by an enable or update; a nil field stays unchanged.
type Change struct {
	Engine      *Name
	DockerImage *string
	// Version is a version of Redis, given in place of DockerImage: the engine knows its image.
	Version     *string
	MaxMemory   *Memory
	Persistence *bool
	Eviction    *Eviction
	RedisURL    *string
}

// With returns the settings after the change, but for its Version.
func (s Settings) With(c Change) Settings {
	set(&s.Engine, c.Engine)
	set(&s.DockerImage, c.DockerImage)
	set(&s.MaxMemory, c.MaxMemory)
	set(&s.Persistence, c.Persistence)
	set(&s.Eviction, c.Eviction)
	set(&s.RedisURL, c.RedisURL)
	return s
}
