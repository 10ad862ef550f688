// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// tokenSeconds is how long ElastiCache takes a token of IAM to log in: its longest.
const tokenSeconds = "900"

// IAM logs in to ElastiCache Serverless with the identity of the function, without a password that is kept anywhere.
type IAM struct {
	user, cache string
	cfg         Config
	signer      *v4.Signer
}

// NewIAM returns the credentials of a user of ElastiCache, whose id and name are the same, for a serverless cache by
// its name. The function's role needs elasticache:Connect on both.
func NewIAM(user, cache string, c Config) *IAM {
	return &IAM{user: user, cache: strings.ToLower(cache), cfg: c, signer: v4.NewSigner()}
}

// Credentials returns the user's name and, as password, a token that is valid for 15 minutes. Each call signs a new
// one: a connection is made long after the one before, and a function may have been frozen in between.
// ElastiCache ends a connection after 12 hours. Errors: a Refusal of kind kv.ErrUnavailable.
func (i *IAM) Credentials(ctx context.Context) (user, password string, err error) {
	role, err := i.cfg.credentials()
	if err != nil {
		return "", "", err
	}
	query := url.Values{
		"Action": {"connect"}, "User": {i.user}, "ResourceType": {"ServerlessCache"}, "X-Amz-Expires": {tokenSeconds},
	}
	connect := &http.Request{
		Method: http.MethodGet, Header: http.Header{}, Host: i.cache,
		URL: &url.URL{Scheme: "http", Host: i.cache, Path: "/", RawQuery: query.Encode()},
	}
	signed, _, err := i.signer.PresignHTTP(ctx, role, connect, hash(nil), "elasticache", i.cfg.region(), i.cfg.now())
	if err != nil {
		return "", "", fmt.Errorf("aws: sign a token: %w", err)
	}
	return i.user, strings.TrimPrefix(signed, "http://"), nil
}

// hash returns what a signature holds of a body.
func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
