// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// maxKeys is how many keys a request may name. Calls with more send several.
const maxKeys = 1000

// Null is the value null, where nil would mean that there is none.
var Null = json.RawMessage("null")

// Get reads the value of a key into what into points to, as json.Unmarshal does, and reports whether there is such a key. If
// there is none, *into stays as it is; a key may also hold null. Into an any, numbers are read as json.Number, which has all
// their digits. To find out whether a null is stored or there is no key takes a second request.
//
// Errors: ErrUnexpectedValue if the value does not fit; ErrWrongType.
func (c *Client) Get(ctx context.Context, key string, into any) (found bool, err error) {
	if err := cmp.Or(checkText(opGet, "key", key), checkTarget(opGet, into, reflect.Invalid)); err != nil {
		return false, err
	}
	ctx, cancel := c.within(ctx)
	defer cancel()
	value, err := c.value(ctx, key)
	if err != nil || value == nil {
		return false, err
	}
	return true, decode(opGet, value, into)
}

// value returns the value of a key, nil if there is no such key.
func (c *Client) value(ctx context.Context, key string) (json.RawMessage, error) {
	for {
		got, err := do[goclient.GetResponse](ctx, c, opGet, c.api.KVGet, goclient.KeyRequest{Key: key, ProjectID: c.project})
		if err != nil || string(got.Value) != "null" {
			return got.Value, err
		}
		part, err := do[goclient.ReadResponse](ctx, c, opRead, c.api.KVRead, goclient.ReadRequest{Key: key, ProjectID: c.project})
		switch {
		case err != nil || !part.Exists:
			return nil, err
		case part.NextOffset == nil:
			return json.RawMessage(part.Text), nil
		}
		// A value was stored since, and is longer than one part.
	}
}

// MGet reads the values of keys into the slice that into points to, in the order of the keys. The elements of those that are
// missing or null are nil, or zero if the type has no nil. More than 1,000 keys take several requests, between which values may
// change. Errors: as Get.
func (c *Client) MGet(ctx context.Context, keys []string, into any) error {
	if err := cmp.Or(checkText(opMGet, "key", keys...), checkTarget(opMGet, into, reflect.Slice)); err != nil {
		return err
	}
	ctx, cancel := c.within(ctx)
	defer cancel()
	values := make([]json.RawMessage, 0, len(keys))
	for some := range slices.Chunk(keys, maxKeys) {
		got, err := do[goclient.MGetResponse](ctx, c, opMGet, c.api.KVMGet, goclient.KeysRequest{Keys: some, ProjectID: c.project})
		if err != nil {
			return err
		}
		if len(got.Values) != len(some) {
			return opMGet.fail(ErrUnexpectedResponse, fmt.Sprintf("the answer has %d values for %d keys", len(got.Values), len(some)), nil)
		}
		values = append(values, got.Values...)
	}
	list := reflect.MakeSlice(reflect.TypeOf(into).Elem(), len(values), len(values))
	for i, value := range values {
		if err := decode(opMGet, value, list.Index(i).Addr().Interface()); err != nil {
			return err
		}
	}
	reflect.ValueOf(into).Elem().Set(list)
	return nil
}

// SetOptions are the options of Set. No more than one of TTL and KeepTTL is allowed, and of NX and XX.
type SetOptions struct {
	// TTL is the time to live, rounded up to a millisecond. 0: the key does not expire.
	TTL time.Duration
	// KeepTTL keeps the time to live that the key has.
	KeepTTL bool
	// NX sets the key only if it does not exist, XX only if it does.
	NX, XX bool
}

// Set stores a value, as json.Marshal writes it, but without escaping <, > and &. A json.RawMessage is stored as it is, with
// every digit, and nil as null. Set reports whether the value was stored: false if NX or XX was not met. Without options, a time
// to live of the key ends.
//
// Errors: ErrInvalidArgument if JSON cannot hold the value; ErrTooLarge, ErrOutOfMemory, ErrQuotaExceeded, ErrStorageFull.
func (c *Client) Set(ctx context.Context, key string, value any, o *SetOptions) (stored bool, err error) {
	if o == nil {
		o = &SetOptions{}
	}
	text, err := encode(opSet, value)
	if err != nil {
		return false, err
	}
	ex, px, err := expiry(opSet, o.TTL)
	if err := cmp.Or(err, checkText(opSet, "key", key)); err != nil {
		return false, err
	}
	done, err := do[goclient.SetResponse](ctx, c, opSet, c.api.KVSet, goclient.SetRequest{
		Key: key, Value: text, EX: ex, PX: px, KeepTTL: optional(o.KeepTTL), NX: optional(o.NX), XX: optional(o.XX), ProjectID: c.project,
	})
	return done.Result != nil, err
}

// Entry is one key of MSet.
type Entry struct {
	Key string
	// Value is stored as Set does. It must be given: Null is null.
	Value any
	// TTL is the time to live, rounded up to a millisecond. 0: the key does not expire.
	TTL time.Duration
}

// MSet stores up to 1,000 values, all of them or none; before a Redis Cluster, all or none of each hash slot. Errors: as Set.
func (c *Client) MSet(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	sent := make([]goclient.MSetEntry, len(entries))
	for i, e := range entries {
		if e.Value == nil {
			return opMSet.fail(ErrInvalidArgument, fmt.Sprintf("entry %d has no value: for null, it is kv.Null", i), nil)
		}
		text, err := encode(opMSet, e.Value)
		if err != nil {
			return err
		}
		ex, px, err := expiry(opMSet, e.TTL)
		if err := cmp.Or(err, checkText(opMSet, "key", e.Key)); err != nil {
			return err
		}
		sent[i] = goclient.MSetEntry{Key: e.Key, Value: text, EX: ex, PX: px}
	}
	_, err := do[goclient.MSetResponse](ctx, c, opMSet, c.api.KVMSet, goclient.MSetRequest{Entries: sent, ProjectID: c.project})
	return err
}
