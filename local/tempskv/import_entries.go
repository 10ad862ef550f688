// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/openapi/goclient"
)

// entries returns what is sent of the records. What cannot be is counted.
func (i *importer) entries(records []kv.Record) []goclient.MSetEntry {
	entries := make([]goclient.MSetEntry, 0, len(records))
	for _, r := range records {
		left := time.Until(r.ExpiresAt).Milliseconds()
		switch {
		case r.Type == kv.TooLargeType:
			i.left["too large"]++
			continue
		case r.Type != "":
			i.left["of type "+r.Type]++
			continue
		case r.Key.Validate() != nil:
			i.left["names that no key may have"]++
			continue
		case !r.ExpiresAt.IsZero() && left < 1:
			i.expired++
			continue
		}
		entry := goclient.MSetEntry{Key: string(r.Key), Value: json.RawMessage(kv.Stored(r.Text))}
		if !r.ExpiresAt.IsZero() {
			entry.PX = &left
		}
		entries = append(entries, entry)
	}
	return entries
}
