// SPDX-License-Identifier: Apache-2.0

package access

import (
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// TokenPrefix distinguishes the kinds of tokens.
type TokenPrefix string

// The prefixes.
const (
	DeploymentToken TokenPrefix = "dt_"
	APIKey          TokenPrefix = "tk_"
)

const (
	base62         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	tokenPrefixLen = 3
	tokenRandom    = 30 // characters of base62: 178 bits
	tokenChecksum  = 6  // characters of base62: a CRC-32
	tokenLen       = tokenPrefixLen + tokenRandom + tokenChecksum
	minAdminKey    = 32
)

// Token is a bearer token. It is a secret: it is shown once and never logged.
type Token string

// TokenHash is the SHA-256 of a token. The token itself is not stored.
type TokenHash [sha256.Size]byte

// NewToken returns a new token from a cryptographic source.
func NewToken(prefix TokenPrefix) Token {
	text := make([]byte, 0, tokenLen)
	text = append(text, prefix...)
	for random := make([]byte, 2*tokenRandom); len(text) < tokenPrefixLen+tokenRandom; {
		_, _ = io.ReadFull(rand.Reader, random) // never fails: crypto/rand ends the program instead
		for _, b := range random {
			// Bytes from 248 up are dropped: 248 is 4*62, so each character stays equally likely.
			if b < 4*62 && len(text) < tokenPrefixLen+tokenRandom {
				text = append(text, base62[b%62])
			}
		}
	}
	sum := checksum(text[tokenPrefixLen:])
	return Token(append(text, sum[:]...))
}

// checksum returns the CRC-32 (IEEE) of the random part as base-62 digits, most significant first.
func checksum(random []byte) (digits [tokenChecksum]byte) {
	sum := crc32.ChecksumIEEE(random)
	for i := tokenChecksum - 1; i >= 0; i-- {
		digits[i] = base62[sum%62]
		sum /= 62
	}
	return digits
}

// Plausible reports whether t can be a token at all, before any lookup: it has one of the prefixes, base-62 digits and,
// if it has the length of generated tokens, the right checksum. A token of another length (chosen by an administrator, at
// least 32 digits) has no checksum.
func (t Token) Plausible() bool {
	s := string(t)
	if len(s) < tokenPrefixLen+minAdminKey || len(s) > MaxToken {
		return false
	}
	if !t.isBase62() {
		return false
	}
	switch TokenPrefix(s[:tokenPrefixLen]) {
	case DeploymentToken, APIKey:
		return len(s) != tokenLen || t.checksumHolds()
	}
	return false
}

// MaxToken is the length of the longest token, one chosen by an administrator, in bytes.
const MaxToken = 256

// ValidateAdminKey returns a Refusal of kind kv.ErrInvalid if t cannot be an API key chosen by an administrator: tk_ and
// at least 32 of 0-9A-Za-z, without a checksum.
func (t Token) ValidateAdminKey() error {
	random, ok := strings.CutPrefix(string(t), string(APIKey))
	if !ok || len(random) < minAdminKey || len(t) > MaxToken || strings.Trim(random, base62) != "" {
		return kv.Refuse(kv.ErrInvalid, "an admin key is %q and %d to %d of 0-9A-Za-z", APIKey, minAdminKey, MaxToken-tokenPrefixLen)
	}
	return nil
}

// ValidateDeploymentToken returns a Refusal of kind kv.ErrInvalid, which does not show t, if t cannot be a deployment token: one
// that we made, or one chosen by an administrator, dt_ and at least 32 of 0-9A-Za-z.
func (t Token) ValidateDeploymentToken() error {
	if !strings.HasPrefix(string(t), string(DeploymentToken)) || !t.Plausible() {
		return kv.Refuse(kv.ErrInvalid, "a deployment token is %q and %d to %d of 0-9A-Za-z; if these are %d, the last %d are "+
			"their checksum, as tempskv token generate makes it", DeploymentToken, minAdminKey, MaxToken-tokenPrefixLen,
			tokenRandom+tokenChecksum, tokenChecksum)
	}
	return nil
}

// Made reports whether t can be one that NewToken made with that prefix.
func (t Token) Made(prefix TokenPrefix) bool {
	return len(t) == tokenLen && strings.HasPrefix(string(t), string(prefix)) && t.isBase62() && t.checksumHolds()
}

// isBase62 reports whether all that follows the prefix are base-62 digits.
func (t Token) isBase62() bool {
	for i := tokenPrefixLen; i < len(t); i++ {
		if !isBase62(t[i]) {
			return false
		}
	}
	return true
}

func (t Token) checksumHolds() bool {
	random, sum := t[tokenPrefixLen:tokenPrefixLen+tokenRandom], t[tokenPrefixLen+tokenRandom:]
	computed := checksum([]byte(random))
	return string(computed[:]) == string(sum)
}

func isBase62(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// Hash returns the hash that is stored.
func (t Token) Hash() TokenHash {
	if len(t) > MaxToken {
		return sha256.Sum256([]byte(t))
	}
	h := hashers.Get().(*hasher)
	defer hashers.Put(h)
	h.Reset()
	text := h.text[:copy(h.text[:], t)]
	_, _ = h.Write(text) // never fails
	h.Sum(h.sum[:0])
	return h.sum
}

// hasher hashes a token without an allocation; sha256.Sum256 makes one.
type hasher struct {
	hash.Hash
	text [MaxToken]byte
	sum  TokenHash
}

var hashers = sync.Pool{New: func() any { return &hasher{Hash: sha256.New()} }}

// Prefix returns the first 3 characters, Last4 the last 4: lists show these of a token.
func (t Token) Prefix() string { return string(t[:min(tokenPrefixLen, len(t))]) }

// Last4 returns the last 4 characters.
func (t Token) Last4() string { return string(t[max(0, len(t)-4):]) }

// LastAdminTime is how long another API key with SystemAdmin has to be valid so that one can be revoked: enough to notice, and
// to make one that lasts longer.
const LastAdminTime = 24 * time.Hour

// Credential is a deployment token or an API key as it is stored and listed.
type Credential struct {
	Principal
	Prefix, Last4 string
	CreatedAt     time.Time
	// LastUsedAt is the zero time if the token was never used; it is recorded in batches and lags behind.
	LastUsedAt time.Time
}
