// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/pprof/profile"
)

// profileSeconds is how long each command is recorded.
const profileSeconds = 6

// recordCPU writes where the processors go under the usual commands on both engines, together. By that the compiler optimizes
// releases.
func (b *bench) recordCPU(ctx context.Context, file string) error {
	program, err := b.buildProfiled(ctx)
	if err != nil {
		return err
	}
	var all []*profile.Profile
	for _, engine := range []string{external, embedded} {
		for _, w := range []struct{ op, body string }{
			{"get", keyBody(oneOfKeys)},
			{"set", setBody(oneOfKeys, smallValue)},
			{"incr", keyBody("counter" + oneOfKeys)},
			{"mget", keysBody(firstKeys(manyKeys))},
			{"mset", msetBody(firstKeys(manyKeys))},
		} {
			b.progress("CPU: %s %s", w.op, engine)
			p, err := b.cpuOf(ctx, program, engine, w.op, w.body)
			b.end()
			if err != nil {
				return err
			}
			all = append(all, p)
		}
	}
	merged, err := profile.Merge(all)
	if err != nil {
		return err
	}
	part, err := os.Create(file + ".part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	if err := errors.Join(anonymous(merged).Write(part), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}

// anonymous returns the profile without where on this machine the program was.
func anonymous(p *profile.Profile) *profile.Profile {
	for _, m := range p.Mapping {
		m.File, m.BuildID = "tempskv", ""
	}
	return p
}

// cpuOf records one workload.
func (b *bench) cpuOf(ctx context.Context, program, engine, op, body string) (*profile.Profile, error) {
	dir, a, err := b.record(ctx, program, engine, op, body, []string{"cpu"}, "PROFILE_CPU=1")
	if err != nil {
		return nil, err
	}
	if a.Errors > 0 {
		return nil, fmt.Errorf("%s %s: %d of %d requests failed", op, engine, a.Errors, a.Requests)
	}
	f, err := os.Open(filepath.Join(dir, "cpu"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return profile.Parse(f)
}
