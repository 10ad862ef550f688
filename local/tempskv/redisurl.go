// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/setting"
)

// takeRedisURL takes a URL from where no other user sees it, and puts the files of the flags into it. The variable is also a
// setting of serve, which may run in the same environment: only an enable that asks for the engine external means it.
func (a *app) takeRedisURL(cmd *cobra.Command, r *goclient.EnableRequest) error {
	switch {
	case r.RedisURL != nil && *r.RedisURL == "-":
		text, err := a.input()
		if err != nil {
			return err
		}
		if setting.Trim(string(text)) == "" {
			return usage(cmd, "--redis-url - reads the URL from standard input, and there is none")
		}
		r.RedisURL = new(string(text))
	case r.RedisURL == nil && r.Engine != nil && *r.Engine == goclient.EnableRequestEngineExternal:
		url, err := a.given(cmd, "", "redis-url")
		if err != nil {
			return err
		}
		if url != "" {
			r.RedisURL = &url
		}
	}
	if r.RedisURL != nil {
		url, err := setting.Word(*r.RedisURL)
		if err != nil {
			return usage(cmd, "--redis-url: %w", err)
		}
		r.RedisURL = &url
	}
	files := givenFiles(cmd)
	switch {
	case files == (redis.Files{}):
		return nil
	case r.RedisURL == nil:
		return usage(cmd, "--redis-ca, --redis-cert and --redis-key need --redis-url: the server does not show its own")
	}
	url, err := redis.WithFiles(*r.RedisURL, files)
	if err != nil {
		detail, _ := explain(err)
		return usage(cmd, "%s", strings.Replace(detail, "redis_url", "--redis-url", 1))
	}
	r.RedisURL = &url
	return nil
}

// givenFiles returns the files that the flags name.
func givenFiles(cmd *cobra.Command) (f redis.Files) {
	for name, field := range map[string]*string{"redis-ca": &f.CA, "redis-cert": &f.Cert, "redis-key": &f.Key} {
		if path := givenText[string](cmd, name); path != nil {
			*field = *path
		}
	}
	return f
}
