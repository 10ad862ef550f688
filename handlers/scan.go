// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

type scanRequest struct {
	DataBody
	Pattern *kv.Pattern `json:"pattern,omitempty" maxLength:"256" example:"user:*" doc:"A glob as for keys; all keys if it is not given."`
	Cursor  kv.Cursor   `json:"cursor,omitempty" maxLength:"128" doc:"The cursor of the page before; the first page if it is not given."`
	Limit   int64       `json:"limit,omitempty" minimum:"1" maximum:"1000" example:"100" doc:"About how many keys a page should hold, a hint as COUNT is; 100 if it is not given."`
}

const defaultScan = 100

type scanResponse struct {
	Keys   []kv.Key `json:"keys" example:"[\"user:123\"]" doc:"A page of keys. It may hold more or fewer than asked for, or none."`
	Cursor *string  `json:"cursor" doc:"Send it for the next page; null ends the scan."`
}

func (r scanResponse) appendJSON(b []byte) []byte {
	b = append(appendKeys(append(b, `{"keys":`...), r.Keys), `,"cursor":`...)
	if r.Cursor == nil {
		return append(b, `null}`...)
	}
	return append(jsontext.AppendQuote(b, *r.Cursor), '}')
}

func registerScan(a *API) {
	data(a, operation{
		name: "scan", need: access.KvRead, walks: true, summary: "Walk over keys",
		description: "Returns a page of the keys that match a pattern and a cursor for the next. A key that is there " +
			"throughout comes at least once before the cursor is null.",
		request:  `{"pattern":"user:*","limit":100}`,
		response: `{"keys":["user:123"],"cursor":null}`,
	}, a.scan)
}

func (a *API) scan(ctx context.Context, sc *scope, in *scanRequest) (scanResponse, error) {
	pattern := kv.Pattern("*")
	if in.Pattern != nil {
		pattern = *in.Pattern
	}
	if pattern == "" {
		return scanResponse{}, nil
	}
	page, err := sc.scanPage(ctx, pattern, in.Cursor, cmp.Or(int(in.Limit), defaultScan))
	if err != nil {
		return scanResponse{}, err
	}
	out := scanResponse{Keys: page.Keys}
	if page.Cursor != "" {
		cursor := string(page.Cursor)
		out.Cursor = &cursor
	}
	return out, nil
}

// scanPage returns a page of keys, when the project may have one made: it waits behind the other scans of the project.
func (sc *scope) scanPage(ctx context.Context, pattern kv.Pattern, at kv.Cursor, limit int) (kv.Page, error) {
	if l := sc.api.limiter; l != nil {
		done, err := l.Walk(ctx, sc.limited)
		if err != nil {
			return kv.Page{}, err
		}
		defer done()
	}
	return sc.store.Scan(ctx, sc.project, pattern, at, limit)
}
