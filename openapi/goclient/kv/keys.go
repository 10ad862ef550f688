// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// Del deletes keys, and returns how many there were. More than 1,000 keys take several requests: if one fails, the number is that
// of the requests before.
func (c *Client) Del(ctx context.Context, keys ...string) (int64, error) {
	return c.sum(ctx, opDel, keys, func(ctx context.Context, in goclient.KeysRequest) (int64, error) {
		done, err := do[goclient.DelResponse](ctx, c, opDel, c.api.KVDel, in)
		return done.Deleted, err
	})
}

// Exists returns how many of the keys there are; one that is given twice counts twice. More than 1,000 keys take several
// requests.
func (c *Client) Exists(ctx context.Context, keys ...string) (int64, error) {
	return c.sum(ctx, opExists, keys, func(ctx context.Context, in goclient.KeysRequest) (int64, error) {
		got, err := do[goclient.ExistsResponse](ctx, c, opExists, c.api.KVExists, in)
		return got.Exists, err
	})
}

// sum makes a call for each thousand of the keys, and returns the sum of what they count. Without keys it makes none.
func (c *Client) sum(ctx context.Context, op operation, keys []string, count func(context.Context, goclient.KeysRequest) (int64, error)) (sum int64, err error) {
	if err := checkText(op, "key", keys...); err != nil {
		return 0, err
	}
	ctx, cancel := c.within(ctx)
	defer cancel()
	for some := range slices.Chunk(keys, maxKeys) {
		n, err := count(ctx, goclient.KeysRequest{Keys: some, ProjectID: c.project})
		if err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}

// Keys returns the names of the keys that match a pattern as in Redis, such as user:*, in no order. Errors: ErrTooManyKeys
// for more than 100,000 keys or 16 MiB, for which Scan is there.
func (c *Client) Keys(ctx context.Context, pattern string) ([]string, error) {
	if err := checkText(opKeys, "pattern", pattern); err != nil {
		return nil, err
	}
	in := goclient.KeysByPatternRequest{Pattern: pattern, ProjectID: c.project}
	got, err := do[goclient.KeysResponse](ctx, c, opKeys, c.api.KVKeys, in)
	return got.Keys, err
}

// ScanOptions are the options of Scan and ScanPage.
type ScanOptions struct {
	// Match is a pattern as in Redis, such as user:*. Empty: every key.
	Match string
	// Count is how many keys to ask for at a time, 1 to 1,000, a hint. 0: 100.
	Count int64
}

// Scan iterates over the names of keys, however many there are. A key that exists all the time comes at least once, and perhaps
// twice. After an error, which comes with an empty name, it ends.
//
//	for key, err := range store.Scan(ctx, &kv.ScanOptions{Match: "session:*"}) {
func (c *Client) Scan(ctx context.Context, o *ScanOptions) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for cursor := ""; ; {
			keys, next, err := c.ScanPage(ctx, cursor, o)
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range keys {
				if !yield(key, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			cursor = next
		}
	}
}

// ScanPage returns one page of Scan, and the cursor of the next page, empty after the last. The cursor of the first page is
// empty. A page may have more keys than ScanOptions.Count, fewer, or none.
func (c *Client) ScanPage(ctx context.Context, cursor string, o *ScanOptions) (keys []string, next string, err error) {
	if o == nil {
		o = &ScanOptions{}
	}
	if err := cmp.Or(checkText(opScan, "pattern", o.Match), checkText(opScan, "cursor", cursor)); err != nil {
		return nil, "", err
	}
	page, err := do[goclient.ScanResponse](ctx, c, opScan, c.api.KVScan, goclient.ScanRequest{
		Pattern: optional(o.Match), Cursor: optional(cursor), Limit: optional(o.Count), ProjectID: c.project,
	})
	if page.Cursor != nil {
		next = *page.Cursor
	}
	return page.Keys, next, err
}
