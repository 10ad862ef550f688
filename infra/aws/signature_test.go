// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// signature computes what the Authorization header of a POST to / must hold, from the description of Signature Version
// 4 and without the SDK's signer. signed are the names of the signed headers, as the request says them.
func signature(r *http.Request, body []byte, secret, scope, signed string) string {
	canonical := "POST\n/\n\n"
	for name := range strings.SplitSeq(signed, ";") {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = fmt.Sprint(r.ContentLength)
		}
		canonical += name + ":" + strings.TrimSpace(value) + "\n"
	}
	canonical += "\n" + signed + "\n" + digest(body)
	text := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + scope + "\n" + digest([]byte(canonical))
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// TestSignature holds the check of this file against a request that botocore 1.44.5 signed.
func TestSignature(t *testing.T) {
	t.Parallel()
	body := `{"SecretId":"arn:aws:secretsmanager:eu-central-1:123456789012:secret:redis-AbCdEf"}`
	r, err := http.NewRequest(http.MethodPost, "https://secretsmanager.eu-central-1.amazonaws.com/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	r.Header.Set("X-Amz-Date", "20261123T123456Z")
	r.Header.Set("X-Amz-Security-Token", "IQoJb3JpZ2luX2VjEXAMPLE/+==")
	got := signature(r, []byte(body), role()["AWS_SECRET_ACCESS_KEY"],
		"20261123/eu-central-1/secretsmanager/aws4_request",
		"content-type;host;x-amz-date;x-amz-security-token;x-amz-target")
	if want := "7bd661fc477fb0c02ad0e938f260d01fe661381a5fce34eead8b3cb09eb4c294"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
