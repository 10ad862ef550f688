// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"encoding/json"
	"fmt"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// stored is a credential as it is kept. Times are microseconds since 1970, 0 where there is none.
type stored struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Permissions []string       `json:"permissions"`
	Project     kv.ProjectID   `json:"project,omitempty"`
	Projects    []kv.ProjectID `json:"projects"` // that the key is restricted to, or null
	Prefix      string         `json:"prefix"`
	Last4       string         `json:"last4"`
	CreatedAt   int64          `json:"created_at"`
	ExpiresAt   int64          `json:"expires_at"`
}

// encode rounds the times of a new credential to what will be read back, and returns the text to be stored.
func encode(c *access.Credential) (string, error) {
	c.CreatedAt, c.LastUsedAt = control.Now(), control.FromMicro(0)
	c.ExpiresAt = control.FromMicro(control.ToMicro(c.ExpiresAt))
	return encodeAsIs(*c)
}

// encodeAsIs returns the text to be stored, with the times as they are.
func encodeAsIs(c access.Credential) (string, error) {
	text, err := json.Marshal(stored{
		ID: c.ID, Name: c.Name, Permissions: c.Permissions.Names(), Project: c.Project, Projects: c.Projects,
		Prefix: c.Prefix, Last4: c.Last4,
		CreatedAt: control.ToMicro(c.CreatedAt), ExpiresAt: control.ToMicro(c.ExpiresAt),
	})
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	return string(text), nil
}

// decodeCredential is the reverse of encode.
func decodeCredential(text string) (access.Credential, error) {
	var c stored
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return access.Credential{}, fmt.Errorf("stored credential: %w", err)
	}
	permissions := access.Permissions(0)
	for _, name := range c.Permissions {
		p, _ := access.ParsePermission(name) // an unknown name permits nothing
		permissions |= p
	}
	return access.Credential{
		Principal: access.Principal{
			ID: c.ID, Name: c.Name, Permissions: permissions, Project: c.Project, Projects: c.Projects,
			ExpiresAt: control.FromMicro(c.ExpiresAt),
		},
		Prefix: c.Prefix, Last4: c.Last4, CreatedAt: control.FromMicro(c.CreatedAt),
	}, nil
}

// decode returns the credential in use for a text that was read, nil if there is none. One that is known with the same
// text is kept, with its last use.
func decode(h access.TokenHash, text string, known *credential) (*credential, error) {
	switch {
	case text == "":
		return nil, nil
	case known != nil && known.text == text:
		return known, nil
	}
	c, err := decodeCredential(text)
	if err != nil {
		return nil, err
	}
	return &credential{control.NewBearer(c, h), text}, nil
}
