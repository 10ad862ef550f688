// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"context"
	"net/http"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// rereadAfter is how old a secret is at least when it is read again: a password that stays wrong costs no more.
const rereadAfter = time.Second

// Secret is where a Redis is and how to log in to it, as Secrets Manager keeps it. It is read when first needed, and
// again after Redis has refused it, which is how a rotated password is noticed. Any number of goroutines may use it.
//
// The secret is the URL of redis.Config, or a JSON object with that as "url" and, where they are not in the URL,
// "username" and "password"; other members are left alone.
type Secret struct {
	arn    string
	cfg    Config
	signer *v4.Signer
	client *http.Client

	mu      sync.Mutex
	known   *login    // nil: not read yet
	read    time.Time // when known was
	refused bool
}

// NewSecret returns the secret of that ARN. The function's role needs secretsmanager:GetSecretValue on it.
func NewSecret(arn string, c Config) *Secret {
	return &Secret{arn: arn, cfg: c, signer: v4.NewSigner(), client: newClient()}
}

// URL returns the URL of Redis. Errors: a Refusal of kind kv.ErrUnavailable or kv.ErrInvalid that holds
// nothing of the secret.
func (s *Secret) URL(ctx context.Context) (string, error) {
	l, err := s.login(ctx)
	return l.url, err
}

// Credentials returns user name and password of Redis. Errors: as URL.
func (s *Secret) Credentials(ctx context.Context) (user, password string, err error) {
	l, err := s.login(ctx)
	return l.user, l.password, err
}

// Rejected says that Redis did not accept what Credentials returned.
func (s *Secret) Rejected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
}

// login returns what is in the secret, as it was read last if that was not refused.
func (s *Secret) login(ctx context.Context) (login, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known != nil && (!s.refused || s.cfg.now().Sub(s.read) < rereadAfter) {
		return *s.known, nil
	}
	value, err := s.get(ctx)
	if err != nil {
		return login{}, err
	}
	l, err := parseLogin(value)
	if err != nil {
		return login{}, err
	}
	s.known, s.read, s.refused = &l, s.cfg.now(), false
	return l, nil
}
