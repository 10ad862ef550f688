// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"math/rand/v2"
	"net/http"
	"strconv"
)

const requestIDHeader = "X-Request-Id"

// requestID returns the id of a request: the caller's own if it is sane, else a new one.
func requestID(r *http.Request) string {
	if sent := r.Header[requestIDHeader]; len(sent) == 1 && saneRequestID(sent[0]) {
		return sent[0]
	}
	// It tells requests apart in a log, and need not be hard to guess.
	return strconv.FormatUint(rand.Uint64(), 36)
}

// saneRequestID keeps a caller from writing anything but a short word into logs and headers.
func saneRequestID(id string) bool {
	if len(id) < 1 || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '-' || c == '_' || c == '.' || c == ':') {
			return false
		}
	}
	return true
}
