// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/aws"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestRotation changes the password in Redis and in the secret while a store is open, and ends its connections: a read
// that follows does not fail.
func TestRotation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		coalesce bool
		servers  func() ([]*redistest.Server, string)
	}{
		{"one server", false, func() ([]*redistest.Server, string) {
			s := redistest.Start(t)
			return []*redistest.Server{s}, s.URL
		}},
		{"one server, coalesced", true, func() ([]*redistest.Server, string) {
			s := redistest.Start(t)
			return []*redistest.Server{s}, s.URL
		}},
		{"a cluster", false, func() ([]*redistest.Server, string) {
			c := redistest.StartCluster(t, false)
			return c.Masters, c.URL
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			servers, url := tt.servers()
			double, env := start(t, "")
			rotate := func(password string) {
				for _, s := range servers {
					allow(t, s, password)
				}
				double.set(fmt.Sprintf(`{"url":%q,"username":"app","password":%q}`, url, password))
			}
			rotate("first")
			now := signedAt
			secret := aws.NewSecret(arn, config(env, func() time.Time { return now }))
			s := open(t, secret, tt.coalesce)
			for n := range 3 {
				if _, err := s.Get(t.Context(), 1, "k"); err != nil {
					t.Fatalf("Get after %d rotations: %v", n, err)
				}
				now = now.Add(time.Hour)
				rotate(fmt.Sprint("password", n))
			}
		})
	}
}

// allow sets the password of the user app, and ends the connections that had another.
func allow(t *testing.T, s *redistest.Server, password string) {
	t.Helper()
	client := s.Client()
	defer func() { _ = client.Close() }()
	if err := client.Do(t.Context(), "acl", "setuser", "app", "on", "resetpass", ">"+password, "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	if err := client.ClientKillByFilter(t.Context(), "user", "app").Err(); err != nil {
		t.Fatal(err)
	}
}

// patience is how long something may take on a busy machine before a test gives up on it.
const patience = 5 * time.Minute

// open opens a store with what is in the secret.
func open(t *testing.T, secret *aws.Secret, coalesce bool) *redis.Store {
	t.Helper()
	url, err := secret.URL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := redis.Open(t.Context(), redis.Config{
		URL: url, Credentials: secret.Credentials, Rejected: secret.Rejected, Coalesce: coalesce,
		Timeout: patience, DialTimeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
