// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/setting"
)

// jobTimeout is how long enable, update and disable wait where --timeout does not say: an image may have to be pulled.
const jobTimeout = 15 * time.Minute

func (a *app) enable() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Turn the service on",
		Long: "Turn the service on and wait until it answers. Settings that are not given stay as stored.\n" +
			"The first enable fixes the engine: embedded (a file), podman (a container) or external (an\n" +
			"existing Redis).\n\n" +
			"Other users see command lines, and the URL of a Redis may hold a password: --redis-url - reads it from\n" +
			"standard input, and --engine external without --redis-url takes TEMPSKV_REDIS_URL if it is set here.\n" +
			"The server stores the URL that it gets. Without one, it uses its own setting redis-url.\n" +
			"--redis-ca, --redis-cert and --redis-key name files on the server, for a URL of rediss://.",
		Example: "  tempskv enable\n" +
			"  tempskv enable --engine embedded --max-memory 256mb\n" +
			"  tempskv enable --engine external --redis-url redis://redis.example.com:6379/0\n" +
			"  tempskv enable --engine external --redis-url - < redis-url.txt\n" +
			"  tempskv enable --engine podman --version 8",
		Args: takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request := enableRequest(cmd)
			if err := a.takeRedisURL(cmd, &request); err != nil {
				return err
			}
			return a.job(cmd, func(ctx context.Context, c *client) (*http.Response, error) { return c.KVEnable(ctx, request) })
		},
	}
	cmd.Flags().String("engine", "", "embedded, podman or external")
	addServiceFlags(cmd)
	cmd.Flags().Lookup("redis-url").Usage += " (TEMPSKV_REDIS_URL)"
	return cmd
}

func (a *app) update() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Change the settings of a service that is on",
		Long: "Change the settings of a service that is on. Settings that are not given stay as they are.\n\n" +
			"--redis-url leads the engine external to its Redis at another address, or with another password: the new one is\n" +
			"checked first, must hold the keys of this service, and is used without a gap. With - it is read from standard\n" +
			"input, where other users do not see it.",
		Example: "  tempskv update --max-memory 1gb\n  tempskv update --version 8\n" +
			"  tempskv update --redis-url - < redis-url.txt",
		Args: takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !anySetting(cmd) {
				return usage(cmd, "there is nothing to change: give a setting, such as --max-memory 1gb; tempskv status shows those now")
			}
			r := enableRequest(cmd) // has all fields that update knows
			if err := a.takeRedisURL(cmd, &r); err != nil {
				return err
			}
			request := goclient.UpdateRequest{Version: r.Version, DockerImage: r.DockerImage, MaxMemory: r.MaxMemory,
				Persistence: r.Persistence, Eviction: r.Eviction, RedisURL: r.RedisURL}
			return a.job(cmd, func(ctx context.Context, c *client) (*http.Response, error) { return c.KVUpdate(ctx, request) })
		},
	}
	addServiceFlags(cmd)
	return cmd
}

// anySetting reports whether one of the flags of addServiceFlags is given.
func anySetting(cmd *cobra.Command) bool {
	given := false
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { given = given || f.Changed })
	return given
}

// addServiceFlags adds the flags that enable and update share.
func addServiceFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("redis-url", "", "Redis of the engine external; - reads it from standard input")
	flags.String("redis-ca", "", "PEM file on the server with the authorities that may sign the certificate of the Redis")
	flags.String("redis-cert", "", "PEM file on the server with the client certificate for the Redis; needs --redis-key")
	flags.String("redis-key", "", "PEM file on the server with the key of --redis-cert")
	flags.String("version", "", `Redis version of the engine podman, such as "8" or "7.2"`)
	flags.String("image", "", "container image of the engine podman, instead of a version")
	flags.String("max-memory", "", `memory limit for the data, such as "256mb"; 0 for no limit`)
	flags.Bool("persistence", true, "keep the data over restarts of the store")
	flags.String("eviction", "", "what happens at max-memory: noeviction, volatile-lru or allkeys-lru")
}

func (a *app) disable() *cobra.Command {
	return &cobra.Command{
		Use:     "disable",
		Short:   "Turn the service off; its data stays",
		Example: "  tempskv disable",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.job(cmd, func(ctx context.Context, c *client) (*http.Response, error) { return c.KVDisable(ctx) })
		},
	}
}

// call is a function of the generated client with its arguments.
type call func(ctx context.Context, c *client) (*http.Response, error)

// jobResponse is what enable and update answer; disable and purge answer it without a status.
type jobResponse struct {
	Message string         `json:"message"`
	Status  *serviceStatus `json:"status,omitempty"`
}

// job sends one of the calls that last, and prints what became of it.
func (a *app) job(cmd *cobra.Command, send call) error {
	if err := exclusive(cmd, "version", "image"); err != nil {
		return err
	}
	if !cmd.Flags().Changed("timeout") {
		a.target.timeout = jobTimeout
	}
	c, err := a.connect(cmd)
	if err != nil {
		return err
	}
	done, err := answered[jobResponse](a.followed(cmd.Context(), c, send))
	if err != nil {
		return err
	}
	return a.show(done.text, func(w io.Writer) {
		fmt.Fprintln(w, done.body.Message)
		if done.body.Status != nil {
			done.body.Status.print(w)
		}
	})
}

// enableRequest returns what the flags say that were given.
func enableRequest(cmd *cobra.Command) (r goclient.EnableRequest) {
	r.Engine = givenText[goclient.EnableRequestEngine](cmd, "engine")
	r.RedisURL = givenText[string](cmd, "redis-url")
	r.Version = givenText[string](cmd, "version")
	r.DockerImage = givenText[string](cmd, "image")
	r.MaxMemory = givenText[string](cmd, "max-memory")
	r.Eviction = givenText[goclient.Eviction](cmd, "eviction")
	if cmd.Flags().Changed("persistence") {
		on, _ := cmd.Flags().GetBool("persistence")
		r.Persistence = &on
	}
	return r
}

// givenText returns what a flag says, without the white space around it; nil where it is not given or the command has none of that name.
func givenText[T ~string](cmd *cobra.Command, name string) *T {
	if !cmd.Flags().Changed(name) {
		return nil
	}
	text, _ := cmd.Flags().GetString(name)
	return new(T(setting.Trim(text)))
}
