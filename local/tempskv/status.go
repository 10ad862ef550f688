// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"
)

// statusBody is the state of the service as the server tells it, to an administrator with the second half.
type statusBody struct {
	Enabled, Healthy bool
	Version, Engine  *string
	DockerImage      *string `json:"docker_image"`

	MaxMemory   *string `json:"max_memory"`
	UsedMemory  *int64  `json:"used_memory"`
	Persistence *bool
	Eviction    *string
	Message     *string
}

func (a *app) status() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Show whether the service is on, and how it is",
		Example: "  tempskv status\n  tempskv status --json",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := a.manage(cmd, http.MethodGet, "/api/kv/status", nil)
			if err != nil {
				return err
			}
			var s statusBody
			return a.show(answer, &s, s.print)
		},
	}
}

func (s *statusBody) print(w io.Writer) {
	state := "off (turn it on with: tempskv enable)"
	switch {
	case s.Enabled && s.Healthy:
		state = "on, healthy"
	case s.Enabled:
		state = "on, NOT healthy"
	}
	rows := [][]string{{"service", state}}
	rows = appendRow(rows, "engine", s.Engine, "%s")
	if s.Enabled {
		rows = s.appendSettings(rows)
	}
	if s.Message != nil && *s.Message != "" {
		rows = append(rows, []string{"message", *s.Message})
	}
	table(w, "", rows)
}

func (s *statusBody) appendSettings(rows [][]string) [][]string {
	rows = appendRow(rows, "version", s.Version, "%s")
	rows = appendRow(rows, "image", s.DockerImage, "%s")
	rows = appendRow(rows, "used", s.UsedMemory, "%d bytes")
	rows = appendRow(rows, "max memory", s.MaxMemory, "%s")
	rows = appendRow(rows, "eviction", s.Eviction, "%s")
	return appendRow(rows, "persistence", s.Persistence, "%t")
}

// appendRow adds a row unless there is nothing to tell.
func appendRow[T any](rows [][]string, name string, value *T, format string) [][]string {
	if value == nil {
		return rows
	}
	return append(rows, []string{name, fmt.Sprintf(format, *value)})
}
