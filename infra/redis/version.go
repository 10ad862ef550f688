// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/engine"
)

// versionFaults are versions with faults that put the data at risk, the version that fixes each, and the source.
// Versions of which distributions ship a fixed build under the same number are left out: see patched.
var versionFaults = []struct {
	server      string
	from, fixed [3]int
	fault       string // with its source
}{
	{"Redis", [3]int{0, 0, 0}, [3]int{4, 0, 0}, "it is older than Redis 4 and was given up long ago (redis.io/docs: releases)"},
	{"Redis", [3]int{4, 0, 0}, [3]int{4, 0, 6}, "replicas may end up with other data than their master (00-RELEASENOTES of Redis 4.0.6, CRITICAL)"},
	{"Redis", [3]int{6, 0, 0}, [3]int{6, 0, 4}, "replicas may end up with other data than their master (00-RELEASENOTES of Redis 6.0.4, CRITICAL)"},
	{"Redis", [3]int{7, 2, 0}, [3]int{7, 2, 11}, rediShell},
	{"Redis", [3]int{7, 4, 0}, [3]int{7, 4, 6}, rediShell},
	{"Redis", [3]int{8, 0, 0}, [3]int{8, 0, 4}, rediShell},
	{"Redis", [3]int{8, 2, 0}, [3]int{8, 2, 2}, rediShell},
	{"Valkey", [3]int{7, 2, 0}, [3]int{7, 2, 11}, rediShell},
	{"Valkey", [3]int{8, 0, 0}, [3]int{8, 0, 6}, rediShell},
	{"Valkey", [3]int{8, 1, 0}, [3]int{8, 1, 4}, rediShell},
}

const rediShell = "anyone who may run scripts there can run any program as the server, and so reach all data (CVE-2025-49844)"

// patched are versions that Debian and Ubuntu fix under the same number, so that the number does not show whether a
// fault is there.
var patched = []string{"Redis 7.2.4", "Redis 8.0.2", "Valkey 7.2.8", "Valkey 8.0.2", "Valkey 8.1.1"}

// versionWarnings returns the known faults of the version that INFO reports.
func versionWarnings(info map[string]string) []engine.Warning {
	server := "Redis"
	if info["valkey_version"] != "" {
		server = "Valkey"
	}
	number, ok := parseVersion(version(info))
	name := server + " " + version(info)
	if !ok || slices.Contains(patched, name) {
		return nil
	}
	var all []engine.Warning
	for _, f := range versionFaults {
		if f.server == server && slices.Compare(number[:], f.from[:]) >= 0 && slices.Compare(number[:], f.fixed[:]) < 0 {
			all = append(all, engine.WarnVersion.With(fmt.Sprintf("%s has a known fault: %s; take %d.%d.%d or later", name, f.fault,
				f.fixed[0], f.fixed[1], f.fixed[2])))
		}
	}
	return all
}

// parseVersion reads a version of three numbers.
func parseVersion(text string) (v [3]int, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) < len(v) {
		return v, false
	}
	for i := range v {
		n, err := strconv.Atoi(parts[i])
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	return v, true
}
