// SPDX-License-Identifier: Apache-2.0

package kv

// Usage is what a project stores.
type Usage struct {
	Keys int64
	// Bytes are those of its keys and of its stored answers.
	Bytes int64
	// Answers are the bytes of the answers alone, which are stored for those who repeat a request with an Idempotency.
	Answers int64
}

// KeyOverhead is added to the bytes of a key and its value, and to those of an answer.
const KeyOverhead = 64

// AnswerBytes is what the answer stored under an Idempotency.Key counts at most: the fingerprint of the request, a sign and
// a number.
func AnswerBytes(key string) int64 {
	return int64(KeyOverhead + len(key) + len(Idempotency{}.Request) + len("-9223372036854775808") + 1)
}
