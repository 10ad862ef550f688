// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/aws"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/lambda"
	"github.com/tempskv/tempskv/runtime/setting"
)

// config is what the environment says:
//
//	TEMPSKV_REDIS_URL                             the Redis that holds the keys, as redis.Config has it
//	TEMPSKV_REDIS_IAM_CACHE, ..._IAM_USER         log in to that by IAM: the name of a serverless cache, and a user
//	TEMPSKV_REDIS_SECRET                          instead: the ARN of the secret that says where Redis is
//	TEMPSKV_CONTROL                               the Redis of the control data, where that is another one
//	TEMPSKV_CONTROL_ID                            the id of the control data: others are refused, and none are begun
//	TEMPSKV_ADMIN_KEY                             the first API key, set by the function that manages
//	TEMPSKV_BASE_PATH                             the base path of the API at a custom domain, such as /kv
//	TEMPSKV_METRICS_NAMESPACE                     where CloudWatch keeps the metrics; there are none without it
//	AWS_LAMBDA_FUNCTION_NAME                      the function, set by Lambda
//	TEMPSKV_CORS_ORIGIN, TEMPSKV_LOG_LEVEL        as those of the program
type config struct {
	redis      redis.Config
	secret     *aws.Secret  // nil: the URL is in redis
	controlURL string       // empty: the same as redis
	controlID  string       // empty: any
	adminKey   access.Token // empty: none is set
	basePath   string       // empty: none
	namespace  string       // of the metrics; empty: there are none
	function   string
	origins    []string
	logLevel   slog.Level
}

// What one invocation may carry is 6 MB either way, a third more than what it holds in base64: see WIRE, "Sizes".
var bounds = handlers.Bounds{MaxValue: 4 << 20, MaxAnswer: 5 << 20, MaxBatch: 5 << 20}

// Connections of a function are lost while it is frozen, and nothing says so. To notice it costs readIdleTimeout for the two
// connections, to the keys and to the control data, together.
const (
	dialTime        = time.Second
	readIdleTimeout = 280 * time.Millisecond
	staleAfter      = time.Second
)

// fromEnvironment reads the settings. Errors name the variable, and hold no secret.
func fromEnvironment(getenv func(string) string) (config, error) {
	var unclean error
	getenv = cleaned(getenv, &unclean)
	c := config{
		redis: redis.Config{
			URL: getenv("TEMPSKV_REDIS_URL"), MaxAnswer: bounds.MaxAnswer,
			DialTimeout: dialTime, ReadIdleTimeout: readIdleTimeout, StaleAfter: staleAfter,
		},
		controlURL: getenv("TEMPSKV_CONTROL"),
		controlID:  getenv("TEMPSKV_CONTROL_ID"),
		adminKey:   access.Token(getenv("TEMPSKV_ADMIN_KEY")),
		basePath:   getenv("TEMPSKV_BASE_PATH"),
		namespace:  getenv("TEMPSKV_METRICS_NAMESPACE"),
		function:   cmp.Or(getenv("AWS_LAMBDA_FUNCTION_NAME"), "tempskv"),
	}
	var err error
	if c.origins, err = access.ParseOrigins(getenv("TEMPSKV_CORS_ORIGIN")); err != nil {
		return c, fmt.Errorf("TEMPSKV_CORS_ORIGIN: %w", err)
	}
	if err := c.logLevel.UnmarshalText([]byte(cmp.Or(getenv("TEMPSKV_LOG_LEVEL"), "info"))); err != nil {
		return c, errors.New("TEMPSKV_LOG_LEVEL: must be debug, info, warn or error")
	}
	if c.adminKey != "" {
		if err := c.adminKey.ValidateAdminKey(); err != nil {
			return c, fmt.Errorf("TEMPSKV_ADMIN_KEY: %w", err)
		}
	}
	if c.basePath != "" {
		if err := lambda.ValidateBasePath(c.basePath); err != nil {
			return c, fmt.Errorf("TEMPSKV_BASE_PATH: %w", err)
		}
	}
	err = c.logIn(getenv)
	return c, cmp.Or(unclean, err)
}

// cleaned returns getenv without the white space around what it returns. Where there is some inside, it returns nothing and
// sets unclean, which names the variable and does not repeat its text. The origins of CORS are a list, and may have blanks.
func cleaned(getenv func(string) string, unclean *error) func(string) string {
	return func(name string) string {
		clean := setting.Word
		if name == "TEMPSKV_CORS_ORIGIN" {
			clean = setting.Text
		}
		text, err := clean(getenv(name))
		if err != nil && *unclean == nil {
			*unclean = fmt.Errorf("%s: %w", name, err)
		}
		return text
	}
}

// logIn finds out how to log in to Redis.
func (c *config) logIn(getenv func(string) string) error {
	cache, user, arn := getenv("TEMPSKV_REDIS_IAM_CACHE"), getenv("TEMPSKV_REDIS_IAM_USER"), getenv("TEMPSKV_REDIS_SECRET")
	switch {
	case (c.redis.URL == "") == (arn == ""):
		return errors.New("either TEMPSKV_REDIS_URL or TEMPSKV_REDIS_SECRET must say where Redis is")
	case (cache == "") != (user == "") || cache != "" && arn != "":
		return errors.New("TEMPSKV_REDIS_IAM_CACHE and TEMPSKV_REDIS_IAM_USER go together, and with TEMPSKV_REDIS_URL")
	case arn != "":
		c.secret = aws.NewSecret(arn, aws.Config{})
		c.redis.Credentials, c.redis.Rejected = c.secret.Credentials, c.secret.Rejected
		return nil
	case cache != "":
		c.redis.Credentials = aws.NewIAM(user, cache, aws.Config{}).Credentials
	}
	if err := redis.ValidateURL(c.redis.URL); err != nil {
		return fmt.Errorf("TEMPSKV_REDIS_URL: %w", err)
	}
	return nil
}

// stores returns how to reach the keys and the control data.
func (c *config) stores(ctx context.Context) (keys, control redis.Config, err error) {
	keys = c.redis
	if c.secret != nil {
		if keys.URL, err = c.secret.URL(ctx); err != nil {
			return keys, keys, err
		}
	}
	control = keys
	if c.controlURL != "" { // which has its own login
		control.URL, control.Credentials, control.Rejected = c.controlURL, nil, nil
	}
	return keys, control, nil
}
