// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"runtime/debug"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/tempskv/tempskv/runtime/config"
)

// gcPercent lets the heap grow to a multiple of the few live megabytes before a collection: at rest nothing changes,
// and under load collections cost a fifth.
const gcPercent = 400

const (
	// maxRequestMemory is the default of what requests hold, in bytes, where a quarter of the memory is more, and maxCacheMemory
	// that of the cache of the embedded engine, where an eighth is more.
	maxRequestMemory = 256 << 20
	maxCacheMemory   = 256 << 20
	// restMemory is what the program may use besides: the pages that the embedded engine keeps, connections, and what is
	// to be collected.
	restMemory = 256 << 20
)

// memoryPlan is how much memory the program is to use, in bytes.
type memoryPlan struct {
	// Requests is for what requests hold.
	Requests int64
	// Cache is for values that the embedded engine reads without its file.
	Cache int64
	// Limit is a soft limit for the Go heap: the closer the program gets, the more often it collects. Without it,
	// gcPercent of a burst of large values would keep gigabytes. Where memory is little it leaves half of it
	// for what is not on the heap: values that SQLite copies, and the gaps between large bodies.
	Limit int64
}

// planMemory plans for a program that has so many bytes.
func planMemory(cfg config.Config, available int64) memoryPlan {
	p := memoryPlan{Requests: cfg.RequestMemory, Cache: cfg.CacheMemory}
	if p.Cache < 0 {
		p.Cache = min(available/8, maxCacheMemory)
	}
	if p.Requests == 0 {
		p.Requests = max(min(available/4, maxRequestMemory), cfg.LeastRequestMemory())
	}
	p.Limit = max(min(p.Requests+p.Cache+restMemory, available/2), p.Requests+p.Requests/4+p.Cache)
	return p
}

// availableMemory returns how many bytes the program can have: the memory of the machine, or less by the limits of its
// control group and its own.
func availableMemory() int64 {
	least := uint64(math.MaxInt64)
	for _, limit := range []func() (uint64, error){memlimit.FromSystem, memlimit.FromCgroup, rlimit(syscall.RLIMIT_DATA), rlimit(syscall.RLIMIT_AS)} {
		if n, err := limit(); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	return int64(least)
}

// rlimit returns what can be planned with under a resource limit of the process.
func rlimit(resource int) func() (uint64, error) {
	return func() (uint64, error) {
		var r syscall.Rlimit
		err := syscall.Getrlimit(resource, &r)
		return ofAddresses(r.Cur), err
	}
}

// ofAddresses returns how many of so many bytes of addresses can be planned with. A resource limit counts what was mapped,
// and the heap never unmaps what it once took for large values: those of other sizes leave gaps.
func ofAddresses[N int64 | uint64](n N) N { return n / 4 * 3 }

// tuneGC applies gcPercent and the limit of the plan, unless the operator has set them.
func tuneGC(plan memoryPlan, lookupEnv func(string) (string, bool)) {
	if _, chosen := lookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(gcPercent)
	}
	if _, chosen := lookupEnv("GOMEMLIMIT"); !chosen {
		debug.SetMemoryLimit(plan.Limit)
	}
}
