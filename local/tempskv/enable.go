// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tempskv/tempskv/handlers/kv"
)

// jobTimeout is how long enable, update and disable wait where --timeout does not say: an image may have to be pulled.
const jobTimeout = 15 * time.Minute

func (a *app) enable() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Turn the service on",
		Long: "Turn the service on and wait until it answers. What is not given keeps its stored setting.\n" +
			"The first enable fixes the engine: embedded (a file), podman (a container) or external (a Redis that is\n" +
			"there already).\n\n" +
			"Other users see command lines, and the URL of a Redis may hold a password: --redis-url - reads it from\n" +
			"standard input, and --engine external without --redis-url takes TEMPSKV_REDIS_URL if it is set here.\n" +
			"The server keeps the URL that it is sent. Where it is sent none, it takes its own setting redis-url.",
		Example: "  tempskv enable\n" +
			"  tempskv enable --engine embedded --max-memory 256mb\n" +
			"  tempskv enable --engine external --redis-url redis://redis.example.com:6379/0\n" +
			"  tempskv enable --engine external --redis-url - < redis-url.txt\n" +
			"  tempskv enable --engine podman --version 8",
		Args: takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := serviceFields(cmd)
			if err := a.takeRedisURL(cmd, f); err != nil {
				return err
			}
			return a.job(cmd, http.MethodPost, "/api/kv/enable", f)
		},
	}
	cmd.Flags().String("engine", "", "embedded, podman or external")
	cmd.Flags().String("redis-url", "", "Redis of the engine external; - reads it (TEMPSKV_REDIS_URL)")
	addServiceFlags(cmd)
	return cmd
}

// takeRedisURL takes a URL from where no other user sees it. The variable is also a setting of serve, which may run in
// the same environment: only an enable that asks for the engine external means it.
func (a *app) takeRedisURL(cmd *cobra.Command, f fields) error {
	switch f["redis_url"] {
	case "-":
		text, err := a.input()
		if err != nil {
			return err
		}
		url := strings.TrimSpace(string(text))
		if url == "" {
			return usage(cmd, "--redis-url - reads the URL from standard input, and there is none")
		}
		f["redis_url"] = url
	case nil:
		if url := a.given("", "TEMPSKV_REDIS_URL"); url != "" && f["engine"] == string(kv.External) {
			f["redis_url"] = url
		}
	}
	return nil
}

func (a *app) update() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "update",
		Short:   "Change the settings of a service that is on",
		Long:    "Change the settings of a service that is on. What is not given stays as it is.",
		Example: "  tempskv update --max-memory 1gb\n  tempskv update --version 8",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.job(cmd, http.MethodPatch, "/api/kv/update", serviceFields(cmd))
		},
	}
	addServiceFlags(cmd)
	return cmd
}

// addServiceFlags adds the flags of what enable and update have in common.
func addServiceFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("version", "", `Redis version of the engine podman, such as "8" or "7.2"`)
	flags.String("image", "", "container image of the engine podman, instead of a version")
	flags.String("max-memory", "", `most memory that the data may take, such as "256mb"; 0 for no limit`)
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
			return a.job(cmd, http.MethodDelete, "/api/kv/disable", nil)
		},
	}
}

// job sends one of the calls that last, and prints what became of it.
func (a *app) job(cmd *cobra.Command, method, path string, in any) error {
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
	answer, err := a.followed(cmd.Context(), c, method, path, in)
	if err != nil {
		return err
	}
	var done struct {
		Message string
		Status  *statusBody
	}
	return a.show(answer, &done, func(w io.Writer) {
		fmt.Fprintln(w, done.Message)
		if done.Status != nil {
			done.Status.print(w)
		}
	})
}

// serviceFields returns the fields of the flags that are the command's own and were given.
func serviceFields(cmd *cobra.Command) fields {
	f := fields{}
	cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		switch {
		case !flag.Changed:
		case flag.Name == "image":
			f["docker_image"] = flag.Value.String()
		case flag.Value.Type() == "bool":
			f[flag.Name] = flag.Value.String() == "true"
		default:
			f[strings.ReplaceAll(flag.Name, "-", "_")] = flag.Value.String()
		}
	})
	return f
}
