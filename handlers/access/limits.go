// SPDX-License-Identifier: Apache-2.0

package access

// ProjectLimits are the limits of one project. The zero value means those of the server.
type ProjectLimits struct {
	RequestsPerSecond Limit // data operations
	Keys              Limit
	Bytes             Limit // of keys and values, each key counting KeyOverhead more
}

// Limit is an upper limit, NoLimit, or 0 for the limit of the server.
type Limit int64

// NoLimit removes the limit of the server.
const NoLimit Limit = -1

// MaxLimit is the largest limit: the largest integer that every JSON reader keeps exactly.
const MaxLimit = 1<<53 - 1

// Or returns the limit, or that of the server if this one is 0; 0 means no limit.
func (l Limit) Or(server int64) int64 {
	switch l {
	case 0:
		return server
	case NoLimit:
		return 0
	}
	return int64(l)
}
