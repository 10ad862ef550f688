// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/config"
)

// load reads the settings of a server, with the flags that the command has of them. An error is one of usage.
func (a *app) load(cmd *cobra.Command) (config.Config, []config.Value, error) {
	given := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) { given[f.Name] = f.Value.String() })
	c, values, err := config.Load(config.Sources{Flags: given, File: a.configFile, LookupEnv: a.lookupEnv})
	if err != nil {
		return c, nil, usage(cmd, "%w", err)
	}
	if err := fillFiles(&c); err != nil {
		return c, nil, usage(cmd, "%w", err)
	}
	return c, values, nil
}

// fillFiles puts the settings redis-ca, redis-cert and redis-key into the URLs that speak TLS and name no such file.
func fillFiles(c *config.Config) error {
	files := redis.Files{CA: c.RedisCA, Cert: c.RedisCert, Key: c.RedisKey}
	if files == (redis.Files{}) {
		return nil
	}
	filled := false
	for _, url := range []*string{&c.RedisURL, &c.Control} {
		if !strings.HasPrefix(*url, "rediss://") {
			continue
		}
		filled = true
		with, err := redis.WithFiles(*url, files)
		if err != nil {
			return err
		}
		*url = with
	}
	if !filled {
		return errors.New("redis-ca, redis-cert and redis-key need a redis-url, or control, that begins with rediss://")
	}
	return nil
}

// settingFlags adds a flag for each setting of a server that may be one and is none of every command's.
func settingFlags(cmd *cobra.Command) {
	for _, s := range config.Settings() {
		switch {
		case s.NoFlag || s.Name == "data":
		case s.Switch:
			cmd.Flags().Bool(s.Name, false, settingHelp(s.Name))
		case s.List:
			cmd.Flags().Var(new(listFlag), s.Name, settingHelp(s.Name))
		default:
			cmd.Flags().String(s.Name, s.Default, settingHelp(s.Name))
		}
	}
}

// listFlag is a flag that may be repeated. Its text is what Setting takes: values between commas.
type listFlag string

func (l *listFlag) String() string { return string(*l) }
func (l *listFlag) Type() string   { return "list" }

// Set adds to what was given before.
func (l *listFlag) Set(s string) error {
	if *l != "" {
		s = string(*l) + "," + s
	}
	*l = listFlag(s)
	return nil
}

func settingHelp(name string) string {
	table := config.Settings()
	s := table[slices.IndexFunc(table, func(s config.Setting) bool { return s.Name == name })]
	return fmt.Sprintf("%s (%s)", s.Help, s.Env())
}

func (a *app) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show each setting of the server and where it comes from",
		Long: "Show each setting of the server and where it comes from: a flag, else the environment, else a file\n" +
			"(--config, TEMPSKV_CONFIG, or tempskv.yaml in the data directory), else a default.\n\n" +
			"While a server runs on the data directory, they are those that it uses, and what would change at its next start,\n" +
			"as this command finds the settings, is next to them. In JSON that is value, and what is used is running.\n\n" +
			"The file has one setting per line, with the names shown here, such as: max-value: 20mb",
		Example: "  tempskv config\n  TEMPSKV_ADDR=:80 tempskv config --json",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, values, err := a.load(cmd)
			if err != nil {
				return err
			}
			used := running(cmd.Context(), cfg)
			if a.json {
				return a.configJSON(values, used)
			}
			heading, rows := configRows(values, used)
			table(a.stdout, heading, rows)
			if used != nil {
				fmt.Fprintf(a.stderr, "The server that runs on %s uses these.\n", cfg.Data)
			}
			return nil
		},
	}
	settingFlags(cmd)
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

// configJSON prints the settings by name.
func (a *app) configJSON(values []config.Value, used map[string]goclient.SystemSetting) error {
	type shown struct {
		Value   string  `json:"value"`
		From    string  `json:"from"`
		Running *string `json:"running,omitempty"`
	}
	all := make(map[string]shown, len(values))
	for _, v := range values {
		one := shown{Value: v.Shown(), From: v.Origin}
		if now, ok := used[v.Name]; ok {
			one.Running = &now.Value
		}
		all[v.Name] = one
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return a.showJSON(text)
}
