// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/aws"
)

// signedAt is the time of the signatures that botocore made for these tests.
var signedAt = time.Date(2026, 11, 23, 12, 34, 56, 0, time.UTC)

// role is the environment of a function, as Lambda sets it.
func role() map[string]string {
	return map[string]string{
		"AWS_REGION":            "eu-central-1",
		"AWS_ACCESS_KEY_ID":     "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		"AWS_SESSION_TOKEN":     "IQoJb3JpZ2luX2VjEXAMPLE/+==",
	}
}

func config(env map[string]string, now func() time.Time) aws.Config {
	return aws.Config{Getenv: func(name string) string { return env[name] }, Now: now}
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// byBotocore is what botocore 1.44.5 makes of the same: SigV4QueryAuth(credentials, "elasticache", "eu-central-1",
// expires=900) over AWSRequest("GET", "http://tempskv-1a2b3c4d/?Action=connect&User=...&ResourceType=ServerlessCache").
const byBotocore = "tempskv-1a2b3c4d/?Action=connect&User=tempskv-data-1a2b3c4d&ResourceType=ServerlessCache" +
	"&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
	"&X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Feu-central-1%2Felasticache%2Faws4_request" +
	"&X-Amz-Date=20261123T123456Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host" +
	"&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2B%3D%3D" +
	"&X-Amz-Signature=168ac3fe456909adbc9cca8f25f706e9b5d79be7794af3911c022cb49501001b"

func TestTokenIsThatOfBotocore(t *testing.T) {
	t.Parallel()
	iam := aws.NewIAM("tempskv-data-1a2b3c4d", "TempsKV-1a2b3c4d", config(role(), at(signedAt)))
	user, token, err := iam.Credentials(t.Context())
	if err != nil || user != "tempskv-data-1a2b3c4d" {
		t.Fatalf("Credentials: user %q, %v", user, err)
	}
	if diff := cmp.Diff(parts(t, token), parts(t, byBotocore)); diff != "" {
		t.Errorf("token, got and want: %s", diff)
	}
}

// parts takes a token apart, since the order of its parameters says nothing.
func parts(t *testing.T, token string) *url.URL {
	t.Helper()
	u, err := url.Parse("http://" + token)
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery = u.Query().Encode()
	return u
}

// TestTokenIsNewEachTime checks that a connection which is made an hour later, in a function that was frozen
// and has new credentials, gets a token of that time.
func TestTokenIsNewEachTime(t *testing.T) {
	t.Parallel()
	env, now := role(), signedAt
	iam := aws.NewIAM("u", "c", config(env, func() time.Time { return now }))
	now = now.Add(time.Hour)
	env["AWS_ACCESS_KEY_ID"] = "AKIDNEW"
	_, token, err := iam.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	query := parts(t, token).Query()
	got := []string{query.Get("X-Amz-Date"), query.Get("X-Amz-Credential")}
	want := []string{"20261123T133456Z", "AKIDNEW/20261123/eu-central-1/elasticache/aws4_request"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("token, got and want: %s", diff)
	}
}

func TestNoRole(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		env := role()
		delete(env, missing)
		_, _, err := aws.NewIAM("u", "c", config(env, nil)).Credentials(t.Context())
		var refusal *kv.Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	iam := aws.NewIAM("tempskv-data-1a2b3c4d", "tempskv-1a2b3c4d", config(role(), nil))
	for b.Loop() {
		if _, _, err := iam.Credentials(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
