// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// PointInTime reports false: an export shows each key as it was at a different moment.
func (s *Store) PointInTime() bool { return false }

// Export calls f with every key of the project, or of every project where p is 0: those that a pass of SCAN finds, as
// they are when their page is loaded. It uses separate connections, so that requests wait for none of them. Close ends
// it before it is complete. Errors: as kv.Store, and what f returns. See SCAN and DUMP in the Redis command reference.
func (s *Store) Export(ctx context.Context, p kv.ProjectID, f func([]kv.Record) error) error {
	match := idsPrefix + "*"
	if p != 0 {
		match = prefix(p) + "*"
	}
	return s.apart.export(ctx, match, readKey, f)
}

// readKey makes the record of a name that of a project's key, and reports false if it is not the name of one.
func readKey(r *kv.Record) (ok bool) {
	r.Project, r.Key, ok = ParseName(string(r.Key))
	return ok
}

// export calls f with what is stored under the names that match and that read takes, as read makes it.
func (s *Store) export(
	ctx context.Context, match string, read func(r *kv.Record) bool, f func([]kv.Record) error,
) error {
	return s.walk(ctx, match, func(names []string) error {
		wanted := names[:0]
		for _, name := range names {
			if read(&kv.Record{Key: kv.Key(name)}) {
				wanted = append(wanted, name)
			}
		}
		return s.load(ctx, wanted, func(_ int, loaded []kv.Record) error {
			found := loaded[:0]
			for _, r := range loaded {
				if r.Type == kv.NoType { // it went after SCAN had found it
					continue
				}
				read(&r)
				if err := s.checkSize(r); err != nil {
					return err
				}
				found = append(found, r)
			}
			return handOver(found, f)
		})
	})
}

// checkSize refuses a record that is too large, unless it is for a Source, which passes it on.
func (s *Store) checkSize(r kv.Record) error {
	if r.Type != kv.TooLargeType || s.cfg.replica {
		return nil
	}
	return kv.Refuse(kv.ErrTooLarge, "a value of project %d takes more than %d MiB, which no backup and no export holds: its key is %.200q",
		r.Project, kv.MaxRecordBytes>>20, r.Key)
}

// handOver calls f with the records, as many at a time as it may get.
func handOver(records []kv.Record, f func([]kv.Record) error) error {
	for len(records) > 0 {
		n := batch(len(records), func(i int) int { return records[i].Size() })
		if err := f(records[:n:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// batch returns how many of n records, the first ones, may be together, by their sizes.
func batch(n int, size func(i int) int) int {
	n = min(n, kv.MaxRecords)
	for i, sum := 0, 0; i < n; i++ {
		if sum += size(i); i > 0 && sum > kv.RecordBytes {
			return i
		}
	}
	return n
}

// Lookup returns what is stored under the projects and keys of the records, in their order. Errors: ErrTooLarge if
// several come to more than Config.MaxAnswer, or one to more than kv.MaxRecordBytes; ErrInvalid; else as kv.Store.
func (s *Store) Lookup(ctx context.Context, records []kv.Record) ([]kv.Record, error) {
	all := make([]string, len(records))
	for i, r := range records {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		all[i] = name(r.Project, r.Key)
	}
	found, size := make([]kv.Record, 0, len(records)), 0
	err := s.apart.load(ctx, all, func(first int, loaded []kv.Record) error {
		for i, r := range loaded {
			r.Project, r.Key = records[first+i].Project, records[first+i].Key
			if err := s.checkSize(r); err != nil {
				return err
			}
			found, size = append(found, r), size+len(r.Text)+len(r.Dump)
		}
		if len(records) > 1 {
			return s.fits(int64(size))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
