// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"cmp"
	"os"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Config says on whose behalf AWS is asked, and where. Its zero value is the Lambda function that runs.
type Config struct {
	// Getenv reads AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and
	// AWS_ENDPOINT_URL_SECRETS_MANAGER, each time that one is needed. Default: os.Getenv.
	Getenv func(string) string
	// Now returns the time that signatures carry. Default: time.Now.
	Now func() time.Time
}

func (c Config) env(name string) string {
	if c.Getenv == nil {
		return os.Getenv(name)
	}
	return c.Getenv(name)
}

func (c Config) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// region returns the region of the function. Lambda sets it.
func (c Config) region() string { return cmp.Or(c.env("AWS_REGION"), c.env("AWS_DEFAULT_REGION")) }

// credentials returns those of the function's role. Lambda puts them into the environment and ends an instance before
// they expire. Errors: a Refusal of kind kv.ErrUnavailable.
func (c Config) credentials() (sdk.Credentials, error) {
	role := sdk.Credentials{
		AccessKeyID:     c.env("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: c.env("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    c.env("AWS_SESSION_TOKEN"),
	}
	if !role.HasKeys() || c.region() == "" {
		return sdk.Credentials{}, kv.Refuse(kv.ErrUnavailable,
			"there are no AWS credentials: AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set")
	}
	return role, nil
}
