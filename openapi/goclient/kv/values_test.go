// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

type user struct {
	Name string
	ID   int64
}

// secret has a field that JSON does not show.
type secret struct {
	note string
	self *secret
}

// set stores a value.
func set(t *testing.T, store *kv.Client, key string, value any) {
	t.Helper()
	if stored, err := store.Set(t.Context(), key, value, nil); err != nil || !stored {
		t.Fatalf("set %s: %v, %v", key, stored, err)
	}
}

// raw returns the stored text of a key, empty if there is none.
func raw(t *testing.T, store *kv.Client, key string) string {
	t.Helper()
	var text json.RawMessage
	if _, err := store.Get(t.Context(), key, &text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestValues(t *testing.T) {
	t.Parallel()
	store := connect(t)
	hidden := &secret{note: "\xff"}
	hidden.self = hidden
	for _, tt := range []struct {
		name   string
		value  any
		stored string
	}{
		{"a struct", user{"Alice", 1<<53 + 1}, `{"Name":"Alice","ID":9007199254740993}`},
		{"text for HTML", "<a&b>", `"<a&b>"`},
		{"an integer of 64 bits", int64(math.MinInt64), "-9223372036854775808"},
		{"an unsigned one", uint64(math.MaxUint64), "18446744073709551615"},
		{"raw", json.RawMessage(`{"b":1.00, "a":12345678901234567890.123, "b":"\u003c"}`), `{"b":1.00,"a":12345678901234567890.123,"b":"\u003c"}`},
		{"U+FFFD", []any{"\ufffd", json.RawMessage(`"\ufffd"`), hidden}, "[\"\ufffd\",\"\\ufffd\",{}]"},
		{"bytes", []byte{0xff, 0}, `"/wA="`},
		{"nil", nil, "null"},
		{"a nil pointer", (*user)(nil), "null"},
		{"null", kv.Null, "null"},
		{"an empty string", "", `""`},
		{"an empty list", []int{}, "[]"},
	} {
		set(t, store, tt.name, tt.value)
		if got := raw(t, store, tt.name); got != tt.stored {
			t.Errorf("%s is stored as %s, want %s", tt.name, got, tt.stored)
		}
	}
	var alice user
	if found, err := store.Get(t.Context(), "a struct", &alice); !found || err != nil || alice != (user{"Alice", 1<<53 + 1}) {
		t.Errorf("got %+v, %v, %v", alice, found, err)
	}
	var anything any
	if _, err := store.Get(t.Context(), "a struct", &anything); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(anything, any(map[string]any{"Name": "Alice", "ID": json.Number("9007199254740993")})); diff != "" {
		t.Errorf("into any (-got +want):\n%s", diff)
	}
}

// TestNullIsNoAbsence tells a stored null from a key that does not exist.
func TestNullIsNoAbsence(t *testing.T) {
	t.Parallel()
	store := connect(t)
	set(t, store, "null", nil)
	for key, want := range map[string]bool{"null": true, "missing": false} {
		p := &user{Name: "before"}
		found, err := store.Get(t.Context(), key, &p)
		if err != nil || found != want || (p == nil) != want {
			t.Errorf("%s: %v, %v, %v", key, found, p, err)
		}
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	t.Parallel()
	store := connect(t)
	set(t, store, "text", "hello")
	var n int
	found, err := store.Get(t.Context(), "text", &n)
	var mismatch *json.UnmarshalTypeError
	if !found || !errors.Is(err, kv.ErrUnexpectedValue) || !errors.As(err, &mismatch) {
		t.Errorf("got %v, %v", found, err)
	}
	if err := store.MGet(t.Context(), []string{"text"}, new([]int)); !errors.Is(err, kv.ErrUnexpectedValue) {
		t.Errorf("mget: %v", err)
	}
}

func TestWhatIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	store := connect(t)
	ctx := t.Context()
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	for name, call := range map[string]func() error{
		"an empty raw value":    func() error { _, err := store.Set(ctx, "k", json.RawMessage{}, nil); return err },
		"no raw value":          func() error { _, err := store.Set(ctx, "k", json.RawMessage(nil), nil); return err },
		"a raw value in pieces": func() error { _, err := store.Set(ctx, "k", json.RawMessage(`{"a"`), nil); return err },
		"not a number":          func() error { _, err := store.Set(ctx, "k", math.NaN(), nil); return err },
		"a channel":             func() error { _, err := store.Set(ctx, "k", make(chan int), nil); return err },
		"a cycle":               func() error { _, err := store.Set(ctx, "k", cyclic, nil); return err },
		"text that is no UTF-8": func() error { _, err := store.Set(ctx, "k", "\xff", nil); return err },
		"text inside a value that is no UTF-8": func() error {
			_, err := store.Set(ctx, "k", map[string]any{"a": []*user{{Name: "\xff"}}}, nil)
			return err
		},
		"a name inside a value that is no UTF-8": func() error {
			return store.MSet(ctx, kv.Entry{Key: "k", Value: map[string]int{"\xff": 1}})
		},
		"a key that is no UTF-8": func() error { _, err := store.Set(ctx, "\xff", 1, nil); return err },
		"a time in the past":     func() error { _, err := store.Set(ctx, "k", 1, &kv.SetOptions{TTL: -1}); return err },
		"an entry without value": func() error { return store.MSet(ctx, kv.Entry{Key: "k", Value: 1}, kv.Entry{Key: "k"}) },
		"a past entry":           func() error { return store.MSet(ctx, kv.Entry{Key: "k", Value: 1, TTL: -1}) },
		"an entry's key":         func() error { return store.MSet(ctx, kv.Entry{Key: "\xff", Value: 1}) },
		"incr of a key":          func() error { _, err := store.Incr(ctx, "\xff", 1, nil); return err },
		"incr in the past":       func() error { _, err := store.Incr(ctx, "k", 1, &kv.IncrOptions{TTL: -time.Hour}); return err },
		"get of a key":           func() error { _, err := store.Get(ctx, "\xff", new(any)); return err },
		"get into nothing":       func() error { _, err := store.Get(ctx, "k", nil); return err },
		"get into no pointer":    func() error { _, err := store.Get(ctx, "k", user{}); return err },
		"get into a nil pointer": func() error { _, err := store.Get(ctx, "k", (*user)(nil)); return err },
		"mget into no slice":     func() error { return store.MGet(ctx, []string{"k"}, new(user)) },
		"mget of a key":          func() error { return store.MGet(ctx, []string{"k", "\xff"}, new([]any)) },
		"del":                    func() error { _, err := store.Del(ctx, "\xff"); return err },
		"exists":                 func() error { _, err := store.Exists(ctx, "\xff"); return err },
		"ttl":                    func() error { _, _, err := store.TTL(ctx, "\xff"); return err },
		"expire":                 func() error { _, err := store.Expire(ctx, "\xff", time.Second); return err },
		"persist":                func() error { _, err := store.Persist(ctx, "\xff"); return err },
		"keys":                   func() error { _, err := store.Keys(ctx, "\xff*"); return err },
		"scan":                   func() error { _, _, err := store.ScanPage(ctx, "", &kv.ScanOptions{Match: "\xff"}); return err },
	} {
		if err := call(); !errors.Is(err, kv.ErrInvalidArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := store.Exists(ctx, "k", "\ufffd"); n != 0 || err != nil {
		t.Errorf("%d of them were stored, %v", n, err)
	}
}

func TestSetOptions(t *testing.T) {
	t.Parallel()
	store := connect(t)
	for _, tt := range []struct {
		o      kv.SetOptions
		stored bool
		expire bool
	}{
		{kv.SetOptions{XX: true}, false, false},
		{kv.SetOptions{NX: true, TTL: 90 * time.Minute}, true, true},
		{kv.SetOptions{NX: true}, false, true},
		{kv.SetOptions{XX: true, KeepTTL: true}, true, true},
		{kv.SetOptions{}, true, false},
		{kv.SetOptions{TTL: time.Hour + time.Nanosecond}, true, true},
		{kv.SetOptions{KeepTTL: true}, true, true},
	} {
		stored, err := store.Set(t.Context(), "k", 1, &tt.o)
		if err != nil || stored != tt.stored {
			t.Fatalf("%+v: %v, %v", tt.o, stored, err)
		}
		left, found, err := store.TTL(t.Context(), "k")
		if err != nil || found && (left != kv.NoExpiry) != tt.expire || found && left < 50*time.Minute {
			t.Errorf("%+v: ttl %v, %v, %v", tt.o, left, found, err)
		}
	}
	for _, o := range []kv.SetOptions{{NX: true, XX: true}, {TTL: 1, KeepTTL: true}, {TTL: kv.NoExpiry}} {
		if _, err := store.Set(t.Context(), "k", 1, &o); !errors.Is(err, kv.ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestIncr(t *testing.T) {
	t.Parallel()
	store := connect(t)
	set(t, store, "text", "hello")
	for _, tt := range []struct {
		key    string
		amount int64
		o      *kv.IncrOptions
		want   int64
		code   error
	}{
		{"n", 5, &kv.IncrOptions{TTL: time.Hour}, 5, nil},
		{"n", -6, &kv.IncrOptions{TTL: 9 * time.Hour}, -1, nil},
		{"n", 0, nil, -1, nil},
		{"n", math.MaxInt64, nil, math.MaxInt64 - 1, nil},
		{"n", 2, nil, 0, kv.ErrOverflow},
		{"text", 1, nil, 0, kv.ErrNotAnInteger},
	} {
		if got, err := store.Incr(t.Context(), tt.key, tt.amount, tt.o); got != tt.want || !errors.Is(err, tt.code) {
			t.Errorf("incr %s %d: got %d, %v", tt.key, tt.amount, got, err)
		}
	}
	if left, found, err := store.TTL(t.Context(), "n"); !found || err != nil || left > time.Hour || left < 50*time.Minute {
		t.Errorf("ttl %v, %v, %v", left, found, err)
	}
}

func TestMSetIsAllOrNothing(t *testing.T) {
	t.Parallel()
	store := connect(t)
	err := store.MSet(t.Context(), kv.Entry{Key: "a", Value: kv.Null, TTL: 1500 * time.Millisecond}, kv.Entry{Key: "b", Value: "x", TTL: time.Hour})
	if err != nil || raw(t, store, "a") != "null" || raw(t, store, "b") != `"x"` {
		t.Errorf("mset: %v", err)
	}
	if err := store.MSet(t.Context(), kv.Entry{Key: "c", Value: 1}, kv.Entry{Value: 1}); !errors.Is(err, kv.ErrInvalid) {
		t.Errorf("without a key: %v", err)
	}
	if n, err := store.Exists(t.Context(), "c"); n != 0 || err != nil {
		t.Errorf("c was stored: %v", err)
	}
}
