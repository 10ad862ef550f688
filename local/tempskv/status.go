// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// serviceStatus is the state of the service as the server reports it.
type serviceStatus goclient.Status

func (a *app) status() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the state of the service",
		Long: "Show the state of the service.\n\n" +
			"--ready only asks whether the server is ready for requests, without a token, as a load balancer does at /readyz: the\n" +
			"exit code is 0 if it is, and 5 if it is not. It is the health check of the container.",
		Example: "  tempskv status\n  tempskv status --json\n  tempskv status --ready",
		Args:    takes,
	}
	ready := cmd.Flags().Bool("ready", false, "only ask whether the server is ready")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *ready {
			return a.askReady(cmd)
		}
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		s, err := answered[serviceStatus](c.KVStatus(cmd.Context()))
		if err != nil {
			return err
		}
		return a.show(s.text, s.body.print)
	}
	return cmd
}

func (s *serviceStatus) print(w io.Writer) {
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
	for _, w := range s.warnings() {
		if s.Message == nil || w.Detail != *s.Message {
			rows = append(rows, []string{"warning", w.Detail})
		}
	}
	if s.Backups != nil && *s.Backups != "" {
		rows = append(rows, []string{"backups", *s.Backups})
	}
	table(w, "", rows)
}

// warnings returns what the server warns of, none where its token does not show that.
func (s *serviceStatus) warnings() []goclient.StatusWarning {
	if s.Warnings == nil {
		return nil
	}
	return *s.Warnings
}

func (s *serviceStatus) appendSettings(rows [][]string) [][]string {
	rows = appendRow(rows, "version", s.Version, "%s")
	rows = appendRow(rows, "image", s.DockerImage, "%s")
	if s.UsedMemory == nil { // the token may not see what follows
		return rows
	}
	rows = appendRow(rows, "used", s.UsedMemory, "%d bytes")
	rows = appendKnown(rows, "max memory", unbounded(s.MaxMemory), "%s")
	rows = appendKnown(rows, "eviction", s.Eviction, "%s")
	return appendKnown(rows, "persistence", s.Persistence, "%t")
}

// unbounded returns "none" in place of "0", which is how max_memory says that there is no limit.
func unbounded(maxMemory *string) *string {
	if none := "none"; maxMemory != nil && *maxMemory == "0" {
		return &none
	}
	return maxMemory
}

// appendKnown adds a row, which says so where the value is not known.
func appendKnown[T any](rows [][]string, name string, value *T, format string) [][]string {
	if value == nil {
		return append(rows, []string{name, "not known"})
	}
	return appendRow(rows, name, value, format)
}

// appendRow adds a row unless there is nothing to tell.
func appendRow[T any](rows [][]string, name string, value *T, format string) [][]string {
	if value == nil {
		return rows
	}
	return append(rows, []string{name, fmt.Sprintf(format, *value)})
}
