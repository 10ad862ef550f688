// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) backupSchedule() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Show or change the backup schedule",
		Long: "Show when backups of the whole service are made automatically or, with --every and --keep, change it. The first\n" +
			"one is made soon.",
		Example: "  tempskv backup schedule\n  tempskv backup schedule --every 24h --keep 7\n  tempskv backup schedule --every 0h",
		Args:    takes,
	}
	var every time.Duration
	durationVar(cmd, &every, "every", 0, "time between backups, in whole hours, such as 12h or 1d; 0h for never")
	keep := cmd.Flags().Int64("keep", 0, "how many of them to keep; 0 for all")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("every") && !cmd.Flags().Changed("keep") {
			return a.askSchedule(cmd)
		}
		hours := int64(every / time.Hour)
		if every%time.Hour != 0 || hours < 0 {
			return usage(cmd, "--every takes whole hours, such as 24h, not %s", every)
		}
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		changed, err := answered[goclient.Schedule](c.UpdateBackupSchedule(cmd.Context(), goclient.ScheduleRequest{
			EveryHours: givenNumber(cmd, "every", &hours), Keep: givenNumber(cmd, "keep", keep),
		}))
		if err != nil {
			return err
		}
		return a.showSchedule(changed.body)
	}
	return cmd
}

func (a *app) askSchedule(cmd *cobra.Command) error {
	c, err := a.connect(cmd)
	if err != nil {
		return err
	}
	schedule, err := answered[goclient.Schedule](c.GetBackupSchedule(cmd.Context()))
	if err != nil {
		return err
	}
	return a.showSchedule(schedule.body)
}

func (a *app) showSchedule(s goclient.Schedule) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return a.show(text, func(w io.Writer) { fmt.Fprintln(w, inWords(s)) })
}

// inWords says what a schedule comes to.
func inWords(s goclient.Schedule) string {
	if s.EveryHours == 0 {
		return "No backups are scheduled: tempskv backup schedule --every 24h --keep 7"
	}
	text := fmt.Sprintf("One is made every %d h, the next at %s", s.EveryHours, day(s.NextAt))
	if s.Keep > 0 {
		text += fmt.Sprintf("; %d of them are kept", s.Keep)
	}
	if s.Overdue {
		text += ". It is OVERDUE"
	}
	if s.Error != nil {
		text += ". The last attempt FAILED: " + *s.Error
	}
	return text + "."
}
