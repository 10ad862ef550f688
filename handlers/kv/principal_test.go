// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
)

func TestPermissionNames(t *testing.T) {
	t.Parallel()
	all := kv.SystemAdmin | kv.SystemRead | kv.KvRead | kv.KvWrite
	names := []string{"SystemAdmin", "SystemRead", "KvRead", "KvWrite"}
	if diff := cmp.Diff(names, all.Names()); diff != "" {
		t.Error(diff)
	}
	var parsed kv.Permissions
	for _, name := range names {
		p, ok := kv.ParsePermission(name)
		if !ok || p.String() != name {
			t.Errorf("%s: %v, %v", name, p, ok)
		}
		parsed |= p
	}
	if parsed != all {
		t.Errorf("together %v", parsed)
	}
	for _, odd := range []string{"", "kvread", "KvRead ", "Admin", "KvRead,KvWrite"} {
		if p, ok := kv.ParsePermission(odd); ok || p != 0 {
			t.Errorf("%q: %v", odd, p)
		}
	}
	if got := kv.Permissions(0).Names(); got == nil || len(got) != 0 {
		t.Errorf("of none: %#v, want an empty list", got)
	}
}

func TestCan(t *testing.T) {
	t.Parallel()
	each := []kv.Permissions{kv.KvRead, kv.KvWrite, kv.SystemRead, kv.SystemAdmin}
	for _, has := range each {
		for _, need := range each {
			p := kv.Principal{Permissions: has}
			if got, want := p.Can(need), has == need || has == kv.SystemAdmin; got != want {
				t.Errorf("%v can %v: %v", has, need, got)
			}
		}
	}
	if (&kv.Principal{}).Can(kv.KvRead) {
		t.Error("a principal without permissions can read")
	}
}

func TestCanReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		p    kv.Principal
		want []bool // projects 1 and 2
	}{
		{"deployment token", kv.Principal{Project: 1}, []bool{true, false}},
		{"deployment token with a list", kv.Principal{Project: 1, Projects: []kv.ProjectID{2}}, []bool{true, false}},
		{"API key", kv.Principal{}, []bool{true, true}},
		{"API key narrowed to one", kv.Principal{Projects: []kv.ProjectID{2}}, []bool{false, true}},
		{"API key narrowed to none", kv.Principal{Projects: []kv.ProjectID{}}, []bool{false, false}},
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
		if got := (&kv.Principal{ExpiresAt: tt.expires}).Expired(tt.now); got != tt.want {
			t.Errorf("expires %v, now %v: %v", tt.expires, tt.now, got)
		}
	}
}
