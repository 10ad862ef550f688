// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) projectShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show PROJECT",
		Short:   "Show a project, what it holds and its limits",
		Long:    "Show a project, how much it holds, and the limits that hold for it.",
		Example: "  tempskv project show shop\n  tempskv project show 2 --json",
		Args:    takes,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, id, err := a.projectIn(cmd, args[0])
		if err != nil {
			return err
		}
		return a.showProject(cmd, c, id)
	}
	return cmd
}

// projectIn returns a client, and the id of the project that an argument names.
func (a *app) projectIn(cmd *cobra.Command, arg string) (*client, int64, error) {
	c, err := a.connect(cmd)
	if err != nil {
		return nil, 0, err
	}
	id, err := projectNamed(cmd, c, arg)
	return c, id, err
}

// shownProject is a project with what it uses. Without the service, use is not known.
type shownProject struct {
	goclient.Project
	Use *shownUse `json:"use"`
}

// shownUse is what a project holds, and the limits that hold for it.
type shownUse struct {
	Keys     int64                    `json:"keys"`
	Bytes    *int64                   `json:"bytes"`
	Complete bool                     `json:"complete"`
	Limits   goclient.EffectiveLimits `json:"limits"`
}

// showProject prints a project and what it uses.
func (a *app) showProject(cmd *cobra.Command, c *client, id int64) error {
	project, err := answered[goclient.Project](c.GetProject(cmd.Context(), id))
	if err != nil {
		return err
	}
	shown := shownProject{Project: project.body}
	stats, err := answered[goclient.ProjectStats](c.GetProjectStats(cmd.Context(), id, nil))
	if err != nil {
		return err
	}
	s := stats.body
	shown.Use = &shownUse{s.Keys, s.Bytes, s.Complete, s.Limits}
	text, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	return a.show(text, shown.print)
}

func (p shownProject) print(w io.Writer) {
	so := ""
	if !p.Use.Complete {
		so = " so far"
	}
	bytes := "not counted by this engine"
	if p.Use.Bytes != nil {
		bytes = inUnits(*p.Use.Bytes) + so
	}
	own, all := p.Limits, p.Use.Limits
	table(w, "", [][]string{
		{"id", fmt.Sprint(p.ID)}, {"name", visible(p.Name)}, {"created", day(&p.CreatedAt)},
		{"keys", fmt.Sprint(p.Use.Keys) + so}, {"size", bytes},
		{"max keys", limitText(own.Keys, all.Keys, number)},
		{"max bytes", limitText(own.Bytes, all.Bytes, inUnits)},
		{"max requests a second", limitText(own.RequestsPerSecond, all.RequestsPerSecond, number)},
	})
}

func number(n int64) string { return fmt.Sprint(n) }

// limitText says what a limit is, and whether it is the project's own.
func limitText(own, inEffect int64, write func(int64) string) string {
	text := "none"
	if inEffect > 0 {
		text = write(inEffect)
	}
	if own == 0 {
		text += " (of the server)"
	}
	return text
}
