// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// build is a server program: which of the two it is, and its version.
type build struct {
	Flavour string `json:"flavour"` // redis or valkey
	Version string `json:"version"`
}

const (
	redisFlavour  = "redis"
	valkeyFlavour = "valkey"
)

func (b build) String() string {
	return fmt.Sprintf("%s %s", map[string]string{redisFlavour: "Redis", valkeyFlavour: "Valkey"}[b.Flavour], b.Version)
}

// versionLine is the version that both print: "Redis server v=7.0.15 sha=00000000:0 ...".
var versionLine = regexp.MustCompile(`(Redis|Valkey) server v=([0-9.]+)`)

// parseBuild reads what a server prints.
func parseBuild(text string) (build, bool) {
	match := versionLine.FindStringSubmatch(text)
	if match == nil {
		return build{}, false
	}
	return build{Flavour: strings.ToLower(match[1]), Version: match[2]}, true
}

// compareVersions compares numbers between dots.
func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		if c := cmp.Compare(part(as, i), part(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i])
	return n
}

// The last Redis whose files Valkey reads, and the first Redis that reads Valkey's.
const (
	redisOnItsOwn  = "7.4"
	redisAfterFork = "8.0"
)

// checkUpgrade refuses a server that would not read the data that another wrote, or would start without them. Errors:
// ErrConflict.
func checkUpgrade(from, to build) error {
	refuse := func(why string) error {
		return kv.Refuse(kv.ErrConflict, "the data were written by %s, and %s %s; nothing was changed", from, to, why)
	}
	switch {
	case from == build{} || to == build{}:
		return nil
	case from.Flavour == to.Flavour && compareVersions(to.Version, from.Version) < 0:
		return refuse("is older: it may not read them, or start empty")
	case from.Flavour == redisFlavour && to.Flavour == valkeyFlavour && compareVersions(from.Version, redisOnItsOwn) >= 0:
		return refuse("does not read those of Redis " + redisOnItsOwn + " or newer")
	case from.Flavour == valkeyFlavour && to.Flavour == redisFlavour && compareVersions(to.Version, redisAfterFork) < 0:
		return refuse("does not read those of Valkey: Redis " + redisAfterFork + " is the first that does")
	}
	return nil
}
