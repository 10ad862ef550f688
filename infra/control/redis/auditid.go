// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
)

// auditID is the place of an entry in the audit log. Two streams may have the same id, so the kind is a part of it.
type auditID struct {
	ms, seq uint64
	kind    access.AuditKind
}

func (id auditID) compare(other auditID) int {
	return cmp.Or(cmp.Compare(id.ms, other.ms), cmp.Compare(id.seq, other.seq), cmp.Compare(id.kind, other.kind))
}

// text is the id in its stream.
func (id auditID) text() string { return fmt.Sprintf("%d-%d", id.ms, id.seq) }

// parseAuditID reads the id of an entry in the stream of a kind.
func parseAuditID(text string, kind access.AuditKind) (id auditID, ok bool) {
	ms, seq, _ := strings.Cut(text, "-")
	var errMS, errSeq error
	id.kind = kind
	id.ms, errMS = strconv.ParseUint(ms, 10, 64)
	id.seq, errSeq = strconv.ParseUint(seq, 10, 64)
	return id, errMS == nil && errSeq == nil
}

// cursorBase is the base that the numbers of a cursor are written in.
const cursorBase = 36

// cursor returns the cursor that continues with the next older entry.
func (id auditID) cursor() string {
	return strings.Join([]string{
		strconv.FormatUint(id.ms, cursorBase), strconv.FormatUint(id.seq, cursorBase), strconv.FormatUint(uint64(id.kind), cursorBase),
	}, "-")
}

// parseCursor is the reverse of cursor; it reports false for what cursor does not return.
func parseCursor(cursor string) (id auditID, ok bool) {
	var numbers [3]uint64
	for i, part := range strings.SplitN(cursor, "-", len(numbers)) {
		numbers[i], _ = strconv.ParseUint(part, cursorBase, 64) // what is no number comes out different
	}
	id = auditID{numbers[0], numbers[1], access.AuditKind(min(numbers[2], access.AuditKinds-1))}
	return id, id.cursor() == cursor
}
