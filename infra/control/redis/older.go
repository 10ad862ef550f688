// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"strconv"

	"github.com/tempskv/tempskv/handlers/kv"
)

// counters are fields of mainKey that only grow: a smaller one means an older copy of the control data. The last one is
// not a number: it changes when control data are begun again.
var counters = [...]string{"last_credential", "last_project", "begun"}

// counts are the counters as they were read, or the largest that were seen.
type counts struct {
	credential, project int64
	begun               string
}

// parseCounts reads the counters; a missing one is 0.
func parseCounts(texts []string) (c counts) {
	c.credential, _ = strconv.ParseInt(texts[0], 10, 64)
	c.project, _ = strconv.ParseInt(texts[1], 10, 64)
	c.begun = texts[2]
	return c
}

// compare compares counters that were read with the largest that had been seen before the read was sent.
func (s *Store) compare(found counts, before *counts) {
	missing := int64(0)
	if before != nil && before.begun == found.begun {
		missing = max(0, before.credential-found.credential) + max(0, before.project-found.project)
	}
	s.missing.Store(missing)
	for {
		largest := s.highest.Load()
		next := found
		if largest != nil && largest.begun == found.begun {
			next.credential, next.project = max(next.credential, largest.credential), max(next.project, largest.project)
			if next == *largest {
				return
			}
		}
		if s.highest.CompareAndSwap(largest, &next) {
			return
		}
	}
}

// older returns an error if an unknown token may be valid: the control data are an older copy, in which it may be
// missing.
func (s *Store) older() error {
	n := s.missing.Load()
	if n == 0 {
		return nil
	}
	return kv.Refuse(kv.ErrUnavailable, "the control data in Redis are an older copy: it lacks the last %d of the projects, "+
		"tokens and API keys, and what was revoked since may be valid again. Keep your tokens. Bring the newest copy back; or make "+
		"what is missing again, and restart the servers: until then tokens that are not known are refused with 503", n)
}
