// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"
)

const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:redis-AbCdEf"

// secrets is Secrets Manager as far as GetSecretValue goes: it checks who asks, and keeps one secret.
type secrets struct {
	tb testing.TB

	mu     sync.Mutex
	value  string
	status int    // answered instead of 200
	answer string // answered instead of the secret
	reads  int
}

// start starts the double and returns it with the environment of a function that asks it.
func start(tb testing.TB, value string) (*secrets, map[string]string) {
	s := &secrets{tb: tb, value: value, status: http.StatusOK}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	env := role()
	env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = server.URL
	return s, env
}

// set changes the secret, as a rotation does.
func (s *secrets) set(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = value
}

func (s *secrets) fail(status int, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.answer = status, answer
}

func (s *secrets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// authorization is how a signed request says who asks, what is signed, and the signature.
var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 ` +
	`Credential=AKIDEXAMPLE/(\d{8}/eu-central-1/secretsmanager/aws4_request), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

func (s *secrets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.tb.Error(err)
	}
	if refusal := s.refusal(r, body); refusal != "" {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": refusal})
		return
	}
	if s.status != http.StatusOK || s.answer != "" {
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.answer)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"ARN": arn, "SecretString": s.value})
}

// refusal returns why AWS would not answer the request, by the name of its error.
func (s *secrets) refusal(r *http.Request, body []byte) string {
	signed := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	date, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	var asked struct{ SecretId string }
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue",
		r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
		return "UnknownOperationException"
	case signed == nil || err != nil || signed[1][:8] != date.Format("20060102"):
		return "IncompleteSignature"
	case signed[3] != signature(r, body, role()["AWS_SECRET_ACCESS_KEY"], signed[1], signed[2]),
		!bytes.Contains([]byte(";"+signed[2]+";"), []byte(";x-amz-security-token;")):
		return "InvalidSignatureException"
	case r.Header.Get("X-Amz-Security-Token") != role()["AWS_SESSION_TOKEN"]:
		return "UnrecognizedClientException"
	case json.Unmarshal(body, &asked) != nil || asked.SecretId != arn:
		return "ResourceNotFoundException"
	}
	return ""
}
