// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/kv"
)

// CheckWhole is Check, and also returns a Refusal of kind ErrUnavailable once something other than SQLite has truncated
// the file or its log: permanently, since the lost data stay lost even if the file grows again. The connection is the
// only one that writes, and in no transaction. It must be called after each transaction and checkpoint, and may be
// called at other times. Calls must not overlap.
func (p *Place) CheckWhole(ctx context.Context, conn *sql.Conn) error {
	if err := p.Cut(); err != nil {
		return err
	}
	now := map[string]int64{}
	for ending := range p.files {
		info, err := p.stat(ending)
		if err != nil {
			return err
		}
		now[ending] = info.Size()
	}
	for ending, size := range now {
		before := p.sizes[ending]
		if size < before && size < leastSize(ctx, conn, ending, before) {
			err := kv.Refuse(kv.ErrUnavailable, "%s was cut from %d bytes to %d by something other than tempskv while it is in use",
				p.path+ending, before, size)
			p.cut.Store(&err)
			return err
		}
		p.sizes[ending] = size
	}
	return nil
}

// leastSize returns the length to which SQLite itself may truncate the file or its log: a checkpoint truncates the file
// to its pages and the log to nothing, and a restarted log is truncated to its frames or more. If SQLite cannot tell,
// for example because the file is too short, the size must not shrink.
func leastSize(ctx context.Context, conn *sql.Conn, ending string, before int64) int64 {
	var pages, pageSize int64
	if err := conn.QueryRowContext(ctx, "PRAGMA page_size").Scan(&pageSize); err != nil {
		return before
	}
	if ending == "" {
		if err := conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
			return before
		}
		return max(pages, 1) * pageSize
	}
	var busy, copied int64
	if err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &copied); err != nil {
		return before
	}
	if pages == 0 {
		return 0
	}
	return walHeader + pages*(walFrameHeader+pageSize)
}
