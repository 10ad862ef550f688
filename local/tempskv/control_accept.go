// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	controlredis "github.com/tempskv/tempskv/infra/control/redis"
)

func (a *app) controlData() *cobra.Command {
	return group(&cobra.Command{
		Use:     "control",
		Short:   "Manage control data that servers share",
		Example: "  tempskv control accept-empty --control redis://127.0.0.1:6379",
	}, a.acceptEmptyControl())
}

func (a *app) acceptEmptyControl() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accept-empty",
		Short: "Start with empty shared control data",
		Long: "A server does not start with empty control data (projects, tokens, settings; --control) if the data directory or the\n" +
			"keys in Redis show that there were some. Restore the data of that Redis. If they are lost for good, this command\n" +
			"creates new control data, without projects and tokens. The keys of the projects stay: create the projects with the\n" +
			"same ids again, or restore a backup of the whole service. It accepts the settings of serve.",
		Example: "  tempskv control accept-empty --control redis://127.0.0.1:6379",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := a.load(cmd)
			if err != nil {
				return err
			}
			if cfg.Control == "" {
				return usage(cmd, "--control names the Redis of the control data")
			}
			if err := checkServe(cmd, cfg); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), beginTimeout)
			defer cancel()
			known, err := readControlID(cfg.Data)
			if err != nil {
				return err
			}
			id, err := controlredis.Begin(ctx, sharedControl(cfg, known))
			if err != nil {
				return err
			}
			if a.json {
				return a.showJSON(fmt.Appendf(nil, `{"id":%q}`, id))
			}
			fmt.Fprintf(a.stdout, "New control data were created, with the same id as before (%s). Start the servers: the first one "+
				"shows an API key, unless %s sets it.\n", id, "TEMPSKV_ADMIN_KEY")
			return nil
		},
	}
	settingFlags(cmd)
	return cmd
}

// beginTimeout bounds the look through the keys of Redis.
const beginTimeout = jobTimeout
