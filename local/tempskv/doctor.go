// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/runtime/config"
)

// finding is what one check of doctor came to.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
	// Do says what to do about a problem.
	Do string `json:"do,omitempty"`
}

func good(check, format string, args ...any) finding {
	return finding{Check: check, OK: true, Text: fmt.Sprintf(format, args...)}
}

// bad makes a finding of an error; do is for errors that do not say themselves what to do.
func bad(check string, err error, do string) finding {
	detail, hint := explain(err)
	if hint != "" {
		do = hint
	}
	return finding{Check: check, Text: detail, Do: do}
}

func (a *app) doctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check that a server can run here, or the state of the running one",
		Long: "Check the settings, the data directory, the address, the engine and the clock, and say what to do about\n" +
			"each problem. It changes nothing, except that podman briefly runs a container of a local image.\n" +
			"The exit code is 0 if all is well, else 1.\n\n" +
			"It accepts the settings of serve: run it with the same flags and environment.",
		Example: "  tempskv doctor\n  tempskv doctor --data /srv/kv --addr :8379",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := []finding{}
			if cfg, _, err := a.load(cmd); err != nil {
				findings = append(findings, bad("settings", err, ""))
			} else {
				findings = examine(cmd.Context(), cfg)
			}
			return a.diagnose(findings)
		},
	}
	settingFlags(cmd)
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

// examine makes all checks.
func examine(ctx context.Context, cfg config.Config) []finding {
	findings := []finding{good("settings", "are valid"), checkData(cfg.Data)}
	if pid, running := holder(cfg.Data); running {
		findings = append(findings, checkRunning(ctx, cfg, pid)...)
	} else {
		findings = append(findings, checkAddress(ctx, cfg))
		findings = append(findings, checkFiles(ctx, cfg.Data)...)
		if cfg.Control != "" {
			findings = append(findings, checkRedis(ctx, "control", cfg.Control)...)
		}
		findings = append(findings, checkEngine(ctx, cfg)...)
		findings = append(findings, checkKept(ctx, cfg)...)
	}
	return append(findings, checkClock(cfg.Data))
}

// diagnose prints the findings, and fails if one is a problem.
func (a *app) diagnose(findings []finding) error {
	problems := 0
	rows := make([][]string, 0, len(findings))
	for _, f := range findings {
		state := "ok"
		if !f.OK {
			state = "PROBLEM"
			problems++
		}
		rows = append(rows, []string{state, f.Check, f.Text})
		if f.Do != "" {
			rows = append(rows, []string{"", "", f.Do})
		}
	}
	if a.json {
		text, err := json.Marshal(map[string][]finding{"findings": findings})
		if err != nil {
			return err
		}
		if err := a.showJSON(text); err != nil {
			return err
		}
	} else {
		table(a.stdout, "", rows)
	}
	if problems > 0 {
		return &failure{code: exitError}
	}
	return nil
}
