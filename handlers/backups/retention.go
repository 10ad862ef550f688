// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tempskv/tempskv/handlers/kv"
)

// verifiedDocument is the document that lists the backups that were read completely without an error.
const verifiedDocument = "verified_backups"

// maxVerified is how many backups it lists: the last ones.
const maxVerified = 100

// verified returns the ids of verified backups, and the stored text.
func (s *Manager) verified(ctx context.Context) (ids []string, text string, err error) {
	if text, err = s.control.Document(ctx, verifiedDocument); err != nil || text == "" {
		return nil, text, err
	}
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		s.log.Warn("the list of verified backups cannot be read and is reset", "error", err)
	}
	return ids, text, nil
}

// noteVerified records whether a backup was found intact. A failure is only logged.
func (s *Manager) noteVerified(ctx context.Context, id string, whole bool) {
	if err := s.swapVerified(ctx, id, whole); err != nil {
		s.log.Warn("record that a backup was verified", "backup", id, "error", err)
	}
}

func (s *Manager) swapVerified(ctx context.Context, id string, whole bool) error {
	for range 10 {
		ids, before, err := s.verified(ctx)
		if err != nil || slices.Contains(ids, id) == whole {
			return err
		}
		ids = slices.DeleteFunc(ids, func(other string) bool { return other == id })
		if whole {
			ids = append(ids, id)
		}
		after, err := json.Marshal(ids[max(0, len(ids)-maxVerified):])
		if err != nil {
			return err
		}
		if done, err := s.control.SwapDocument(ctx, verifiedDocument, before, string(after)); done || err != nil {
			return err
		}
	}
	return kv.Refuse(kv.ErrBusy, "the list of verified backups is being changed by others")
}

// readBack reads a new backup, as a restore would.
func (s *Manager) readBack(ctx context.Context, m Manifest) error {
	if _, err := s.inspect(ctx, m); err != nil {
		return kv.Refuse(err, "%s was made but cannot be read back: %s", m.ID, explain(err))
	}
	s.noteVerified(ctx, m.ID, true)
	return nil
}

// prune removes all but the last backups that the schedule made, in the order in which they were complete. made is the
// last one. It leaves alone the last one that was verified, those that are damaged, and those with far more keys than made.
func (s *Manager) prune(ctx context.Context, made Manifest, keep int) error {
	if keep == 0 {
		return nil
	}
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	whole, _, err := s.verified(ctx)
	if err != nil {
		return err
	}
	last := slices.IndexFunc(all, func(m Manifest) bool { return m.Problem == "" && slices.Contains(whole, m.ID) })
	seen := 0
	for i, m := range all {
		if m.Trigger != Scheduled || m.Problem != "" || shrank(m, made) {
			continue
		}
		if seen++; seen <= keep || i == last || last < 0 {
			continue
		}
		if err := s.Delete(ctx, m.ID); err != nil {
			return err
		}
		s.log.Info("backup pruned", "id", m.ID)
	}
	return nil
}

// manyKeys is a number of keys of which nine tenths do not normally disappear between two backups.
const manyKeys = 100

// shrank reports whether so many keys disappeared between two backups that something may be wrong.
func shrank(before, after Manifest) bool {
	return before.Scope == WholeService && after.Scope == WholeService &&
		(after.Keys == 0 && before.Keys > 0 || before.Keys >= manyKeys && after.Keys < before.Keys/10)
}

// shrinkage describes earlier scheduled backups with far more keys than the last one, empty if there are none.
func shrinkage(all []Manifest) string {
	ours := func(m Manifest) bool { return m.Trigger == Scheduled && m.Problem == "" }
	last := slices.IndexFunc(all, ours)
	if last < 0 {
		return ""
	}
	for _, m := range all[last+1:] {
		if ours(m) && shrank(m, all[last]) {
			return fmt.Sprintf("the last backup %s holds %d keys, but %s held %d: such earlier backups are kept; if the keys were "+
				"deleted on purpose, run: tempskv backup delete %s", all[last].ID, all[last].Keys, m.ID, m.Keys, m.ID)
		}
	}
	return ""
}
