// SPDX-License-Identifier: Apache-2.0

// Package reply bounds what a Redis server may make its client hold. The client allocates what a reply announces before
// it arrives, so a connection follows the replies that it reads (RESP2 and RESP3) and fails before that. Packages of infra that
// connect to a Redis import it.
package reply

import "fmt"

// Limits bound the replies of a connection, in bytes.
type Limits struct {
	// String bounds a string that is a whole reply. A longer one, up to longest, is read and dropped, and the error reply
	// TooLong takes its place: the connection and the replies after it are not affected.
	String int64
	// Total bounds what the replies since the last Write announce: the strings that are whole replies together, and all arrays
	// together, with elementBytes for each element. A string beyond it that is longer than Short is
	// dropped too: the error reply Later takes its place. An array beyond it ends the connection.
	Total, Short int64
}

// How error replies begin that stand for a string. Servers send none like them.
const (
	TooLong = "TEMPSKVTOOLONG" // beyond Limits.String
	Later   = "TEMPSKVLATER"   // it may be asked for again, alone
)

const (
	// longest is the largest string of a Redis whose proto-max-bulk-len is not raised.
	longest = 512 << 20
	// elementBytes is about what the client takes for an element of an array, without its string.
	elementBytes = 64
	// maxDepth bounds arrays in arrays, which the client reads recursively. CLUSTER SLOTS has four.
	maxDepth = 32
	// maxLine bounds a line: a status, an error, a number.
	maxLine = 64 << 10
	// maxLength bounds the line of a length.
	maxLength = 32
)

// Error says that a server announced more than it may. The connection is of no use after it.
type Error struct {
	what            string
	announced, most int64
}

func (e *Error) Error() string {
	if e.announced == 0 {
		return fmt.Sprintf("sends %s, and at most %d are read", e.what, e.most)
	}
	return fmt.Sprintf("announces %s of %d, and at most %d are read", e.what, e.announced, e.most)
}
