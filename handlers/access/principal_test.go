// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

func TestPermissionNames(t *testing.T) {
	t.Parallel()
	all := access.SystemAdmin | access.SystemRead | access.KvRead | access.KvWrite
	names := []string{"SystemAdmin", "SystemRead", "KvRead", "KvWrite"}
	if diff := cmp.Diff(names, all.Names()); diff != "" {
		t.Error(diff)
	}
	var parsed access.Permissions
	for _, name := range names {
		p, ok := access.ParsePermission(name)
		if !ok || p.String() != name {
			t.Errorf("%s: %v, %v", name, p, ok)
		}
		parsed |= p
	}
	if parsed != all {
		t.Errorf("together %v", parsed)
	}
	for _, odd := range []string{"", "kvread", "KvRead ", "Admin", "KvRead,KvWrite"} {
		if p, ok := access.ParsePermission(odd); ok || p != 0 {
			t.Errorf("%q: %v", odd, p)
		}
	}
	if got := access.Permissions(0).Names(); got == nil || len(got) != 0 {
		t.Errorf("of none: %#v, want an empty list", got)
	}
}

func TestCan(t *testing.T) {
	t.Parallel()
	each := []access.Permissions{access.KvRead, access.KvWrite, access.SystemRead, access.SystemAdmin}
	for _, has := range each {
		for _, need := range each {
			p := access.Principal{Permissions: has}
			if got, want := p.Can(need), has == need || has == access.SystemAdmin; got != want {
				t.Errorf("%v can %v: %v", has, need, got)
			}
		}
	}
	if (&access.Principal{}).Can(access.KvRead) {
		t.Error("a principal without permissions can read")
	}
}

func TestCanReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		p    access.Principal
		want []bool // projects 1 and 2
	}{
		{"deployment token", access.Principal{Project: 1}, []bool{true, false}},
		{"deployment token with a list", access.Principal{Project: 1, Projects: []kv.ProjectID{2}}, []bool{true, false}},
		{"API key", access.Principal{}, []bool{true, true}},
		{"API key narrowed to one", access.Principal{Projects: []kv.ProjectID{2}}, []bool{false, true}},
		{"API key narrowed to none", access.Principal{Projects: []kv.ProjectID{}}, []bool{false, false}},
	} {
		if diff := cmp.Diff(tt.want, []bool{tt.p.CanReach(1), tt.p.CanReach(2)}); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		expires, now time.Time
		want         bool
	}{
		{time.Time{}, at, false},
		{at, at.Add(-1), false},
		{at, at, true},
		{at, at.Add(1), true},
		{at, at.Add(-time.Minute).In(time.FixedZone("", 7200)), false},
	} {
		if got := (&access.Principal{ExpiresAt: tt.expires}).Expired(tt.now); got != tt.want {
			t.Errorf("expires %v, now %v: %v", tt.expires, tt.now, got)
		}
	}
}
