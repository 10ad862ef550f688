// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"slices"
	"testing"

	"github.com/google/pprof/profile"
)

// TestReleaseProfile checks that the profile by which releases are compiled is of the program as it is: the functions that requests
// pass have the names that they have there. It says nothing of the machine that made it.
func TestReleaseProfile(t *testing.T) {
	t.Parallel()
	checkProfile(t, "../../tempskv/release.pgo")
}

// checkProfile reads a profile of both engines.
func checkProfile(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"runtime/server.(*fastConn).exchange", "infra/redis.(*queue).deliver", "infra/embedded.(*writer).serve"} {
		if !slices.ContainsFunc(p.Function, func(f *profile.Function) bool { return f.Name == module+name }) {
			t.Errorf("it has no %s: run make profile", name)
		}
	}
	for _, m := range p.Mapping {
		if m.File != "tempskv" {
			t.Errorf("it names the file %s", m.File)
		}
	}
}
