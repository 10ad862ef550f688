// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
)

func TestKeyValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		key  string
		want error
	}{
		{"empty", "", kv.ErrInvalid},
		{"one byte", "k", nil},
		{"NUL", "\x00", nil},
		{"glob and slot characters", "*?[a]{tag}\\ \n\r\t\x7f", nil},
		{"another project's prefix", "kv:p2:k", nil},
		{"beyond ASCII", "ключ 鍵 🔑", nil},
		{"U+FFFD itself", "\uFFFD", nil},
		{"the longest", strings.Repeat("k", kv.MaxKey), nil},
		{"one byte too long", strings.Repeat("k", kv.MaxKey+1), kv.ErrInvalid},
		{"too long in bytes, not in characters", strings.Repeat("é", kv.MaxKey/2+1), kv.ErrInvalid},
		{"cut within a character", "\xe9\x8d", kv.ErrInvalid},
		{"half a surrogate pair", "\xed\xa0\x80", kv.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, kv.Key(tt.key).Validate(), tt.want, tt.key)
		})
	}
}

func TestPatternValidate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		pattern string
		want    error
	}{
		{"empty", "", nil},
		{"everything", "*", nil},
		{"a class that does not end", "[a-", nil},
		{"the longest", strings.Repeat("*", kv.MaxPattern), nil},
		{"one byte too long", strings.Repeat("*", kv.MaxPattern+1), kv.ErrInvalid},
		{"not UTF-8", "\xff*", kv.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, kv.Pattern(tt.pattern).Validate(), tt.want, tt.pattern)
		})
	}
}

func TestCursorValidate(t *testing.T) {
	wantRefusal(t, kv.Cursor(strings.Repeat("c", kv.MaxCursor)).Validate(), nil, "")
	wantRefusal(t, kv.Cursor(strings.Repeat("c", kv.MaxCursor+1)).Validate(), kv.ErrInvalid, "ccc")
}

func TestProjectIDValidate(t *testing.T) {
	for id, want := range map[kv.ProjectID]error{
		-1: kv.ErrInvalid, 0: kv.ErrInvalid, 1: nil, kv.MaxProjectID: nil, kv.MaxProjectID + 1: kv.ErrInvalid,
	} {
		wantRefusal(t, id.Validate(), want, "9007199254740992")
	}
}
