// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/aws"
)

func TestWhatASecretHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value string
		want  [3]string // URL, user, password
	}{
		{"rediss://cache.example:6380", [3]string{"rediss://cache.example:6380", "", ""}},
		{" rediss://app:p%40ss@a,b/?cluster=true\n", [3]string{"rediss://app:p%40ss@a,b/?cluster=true", "app", "p@ss"}},
		{
			`{"url":"rediss://cache.example","username":"app","password":"p@ss\"","user_arn":"arn"}`,
			[3]string{"rediss://cache.example", "app", `p@ss"`},
		},
		{`{"url":"redis://:old@cache.example","password":"new"}`, [3]string{"redis://:old@cache.example", "", "new"}},
	} {
		_, env := start(t, tt.value)
		secret := aws.NewSecret(arn, config(env, nil))
		url, err := secret.URL(t.Context())
		if err != nil {
			t.Errorf("%s: %v", tt.value, err)
			continue
		}
		user, password, err := secret.Credentials(t.Context())
		if diff := cmp.Diff([3]string{url, user, password}, tt.want); diff != "" || err != nil {
			t.Errorf("%s, got and want: %s, %v", tt.value, diff, err)
		}
	}
}

// TestSecretIsKept reads a secret once, and again only after it was refused, once a second at most.
func TestSecretIsKept(t *testing.T) {
	t.Parallel()
	double, env := start(t, "redis://:first@h")
	now := signedAt
	secret := aws.NewSecret(arn, config(env, func() time.Time { return now }))
	check := func(when, want string, reads int) {
		t.Helper()
		_, password, err := secret.Credentials(t.Context())
		if err != nil || password != want || double.count() != reads {
			t.Errorf("%s: password %q after %d reads, %v; want %q after %d", when, password, double.count(), err, want, reads)
		}
	}
	check("at first", "first", 1)
	double.set("redis://:second@h")
	now = now.Add(time.Hour)
	check("an hour later", "first", 1)
	secret.Rejected()
	check("refused", "second", 2)
	secret.Rejected()
	check("refused at once", "second", 2)
	now = now.Add(time.Second)
	check("a second after that", "second", 3)
	double.fail(http.StatusInternalServerError, `{"__type":"InternalServiceError"}`)
	check("while AWS is down", "second", 3)
}

// TestSecretCannotBeRead checks that it is said why, in words of ours that hold nothing of the secret.
func TestSecretCannotBeRead(t *testing.T) {
	t.Parallel()
	hidden := "hunter2"
	for _, tt := range []struct {
		name   string
		change func(*secrets, map[string]string)
		says   string
		kind   error
	}{
		{"denied", func(s *secrets, _ map[string]string) {
			s.fail(400, `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"hunter2"}`)
		}, "AccessDeniedException", kv.ErrUnavailable},
		{"an odd name", func(s *secrets, _ map[string]string) { s.fail(400, `{"__type":"a b hunter2"}`) }, "without a name", kv.ErrUnavailable},
		{"not JSON", func(s *secrets, _ map[string]string) { s.fail(502, "<html>hunter2") }, "not whole", kv.ErrUnavailable},
		{"binary", func(s *secrets, _ map[string]string) { s.fail(200, `{"SecretBinary":"aHVudGVyMg=="}`) }, "not text", kv.ErrUnavailable},
		{"other role", func(_ *secrets, env map[string]string) { env["AWS_SECRET_ACCESS_KEY"] = "other" }, "InvalidSignature", kv.ErrUnavailable},
		{"no answer", func(_ *secrets, env map[string]string) {
			env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = "http://127.0.0.1:1"
		}, "does not answer", kv.ErrUnavailable},
		{"no URL", func(s *secrets, _ map[string]string) { s.set(`{"password":"hunter2"}`) }, "url", kv.ErrInvalid},
		{"wrong URL", func(s *secrets, _ map[string]string) { s.set("http://:hunter2@h") }, "redis://", kv.ErrInvalid},
	} {
		double, env := start(t, "redis://:"+hidden+"@h")
		tt.change(double, env)
		_, _, err := aws.NewSecret(arn, config(env, nil)).Credentials(t.Context())
		var refusal *kv.Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %v, want a refusal of kind %v that says %q", tt.name, err, tt.kind, tt.says)
		}
	}
}

func TestSecretIsNamedByItsARN(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "redis", "arn:aws:s3:::bucket", "arn:aws:secretsmanager:eu-central-1:1:secret"} {
		if _, err := aws.NewSecret(name, config(role(), nil)).URL(t.Context()); !errors.Is(err, kv.ErrInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
