// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/control"
)

// storedSession is a session as it is kept, under the hash of its cookie. Times are microseconds since 1970. Scripts read
// key_id and the times.
type storedSession struct {
	ID         string     `json:"id"`
	Secret     storedHash `json:"secret"`
	Key        storedHash `json:"key"` // zero if a setup code opened it
	KeyID      string     `json:"key_id"`
	KeyName    string     `json:"key_name"`
	IP         string     `json:"ip"`
	CreatedAt  int64      `json:"created_at"`
	LastUsedAt int64      `json:"last_used_at"` // created_at if it was never used
	ExpiresAt  int64      `json:"expires_at"`
}

func encodeSession(s access.Session) (string, error) {
	text, err := json.Marshal(storedSession{
		s.ID, storedHash(s.Secret), storedHash(s.Key), s.KeyID, s.KeyName, s.IP,
		control.ToMicro(s.CreatedAt), control.ToMicro(s.LastUsedAt), control.ToMicro(s.ExpiresAt),
	})
	if err != nil {
		return "", fmt.Errorf("session: %w", err)
	}
	return string(text), nil
}

func decodeSession(text string) (access.Session, error) {
	var s storedSession
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return access.Session{}, fmt.Errorf("stored session: %w", err)
	}
	return access.Session{
		ID: s.ID, Secret: access.TokenHash(s.Secret), Key: access.TokenHash(s.Key), KeyID: s.KeyID, KeyName: s.KeyName, IP: s.IP,
		CreatedAt: control.FromMicro(s.CreatedAt), LastUsedAt: control.FromMicro(s.LastUsedAt), ExpiresAt: control.FromMicro(s.ExpiresAt),
	}, nil
}

// storedHash is a hash that is kept in hexadecimal digits.
type storedHash access.TokenHash

// MarshalText fulfils encoding.TextMarshaler.
func (h storedHash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText fulfils encoding.TextUnmarshaler.
func (h *storedHash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return errors.New("a hash is damaged")
	}
	_, err := hex.Decode(h[:], text)
	return err
}
