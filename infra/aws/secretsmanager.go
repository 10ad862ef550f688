// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// answerLimit bounds what is read of an answer: a secret has 64 KiB at most, and JSON may write a byte as six.
const answerLimit = 6*64<<10 + 4<<10

// readTimeout bounds one reading. A function in a VPC without a way to Secrets Manager would wait much longer.
const readTimeout = 3 * time.Second

// newClient returns a client that keeps no connection: one is seldom needed, and would not outlive a freeze.
func newClient() *http.Client {
	return &http.Client{
		Timeout:   readTimeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
	}
}

// get reads the value of the secret from Secrets Manager. Errors: a Refusal of kind kv.ErrUnavailable that names
// what AWS calls the reason. See GetSecretValue in the API reference of Secrets Manager.
func (s *Secret) get(ctx context.Context) (string, error) {
	request, err := s.request(ctx)
	if err != nil {
		return "", err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return "", kv.Refuse(kv.ErrUnavailable, "the secret cannot be read: Secrets Manager does not answer; "+
			"in a VPC a function reaches it by a NAT gateway or an interface endpoint")
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	var answer struct {
		SecretString *string
		Type         string `json:"__type"`
	}
	switch {
	case err != nil || json.Unmarshal(body, &answer) != nil:
		return "", refuse("its answer is not whole")
	case response.StatusCode != http.StatusOK:
		return "", refuse(reason(answer.Type))
	case answer.SecretString == nil:
		return "", refuse("it is not text")
	}
	return *answer.SecretString, nil
}

func refuse(why string) error {
	return kv.Refuse(kv.ErrUnavailable, "the secret cannot be read from Secrets Manager: %s", why)
}

// reason returns the name of an error of AWS: AccessDeniedException, ResourceNotFoundException and the like.
func reason(kind string) string {
	name := kind[strings.LastIndexByte(kind, '#')+1:]
	for _, r := range name {
		if r < 'A' || r > 'z' {
			return "an error without a name"
		}
	}
	return name[:min(len(name), 80)]
}

// request returns the signed request for the secret.
func (s *Secret) request(ctx context.Context) (*http.Request, error) {
	role, err := s.cfg.credentials()
	if err != nil {
		return nil, err
	}
	region, endpoint, err := s.endpoint()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"SecretId": s.arn})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	return request, s.signer.SignHTTP(ctx, role, request, hash(body), "secretsmanager", region, s.cfg.now())
}

// endpoint returns the region of the secret and the URL of Secrets Manager there. The ARN contains both:
// arn:aws:secretsmanager:{region}:{account}:secret:{name}. Errors: a Refusal of kind kv.ErrInvalid.
func (s *Secret) endpoint() (region, url string, err error) {
	parts := strings.Split(s.arn, ":")
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "secretsmanager" || parts[3] == "" || parts[5] != "secret" {
		return "", "", kv.Refuse(kv.ErrInvalid, "the secret is not named by an ARN of Secrets Manager")
	}
	region = parts[3]
	if url = s.cfg.env("AWS_ENDPOINT_URL_SECRETS_MANAGER"); url != "" {
		return region, url, nil
	}
	domain := "amazonaws.com"
	if parts[1] == "aws-cn" {
		domain = "amazonaws.com.cn"
	}
	return region, "https://secretsmanager." + region + "." + domain + "/", nil
}
