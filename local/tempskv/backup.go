// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// backupTimeout is how long the commands that go through all keys wait where --timeout does not say.
const backupTimeout = 12 * time.Hour

func (a *app) backup() *cobra.Command {
	return group(&cobra.Command{
		Use:   "backup",
		Short: "Make, verify and restore backups",
		Long: "Make, verify and restore backups: of the whole service (every project, its tokens as hashes, API keys), or of\n" +
			"the keys of one project. They are kept where the server's setting backup-to says, and made automatically\n" +
			"where a schedule is set.",
		Example: "  tempskv backup create\n  tempskv backup schedule --every 24h --keep 7\n  tempskv backup list",
	}, a.backupCreate(), a.backupList(), a.backupShow(), a.backupVerify(), a.backupRestore(), a.backupDownload(),
		a.backupDelete(), a.backupPrune(), a.backupSchedule())
}

// connectForLong is connect for calls that go through all keys.
func (a *app) connectForLong(cmd *cobra.Command) (*client, error) {
	if !cmd.Flags().Changed("timeout") {
		a.target.timeout = backupTimeout
	}
	return a.connect(cmd)
}

func (a *app) backupCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a backup of the whole service, or of one project",
		Long: "Make a backup of the whole service or, with --project, of the keys of one project. The service keeps\n" +
			"running. Ctrl-C ends the command, but the server continues the backup.",
		Example: "  tempskv backup create\n  tempskv backup create --project shop",
		Args:    takes,
	}
	project := cmd.Flags().String("project", "", "back up only the keys of this project, by name or id")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.connectForLong(cmd)
		if err != nil {
			return err
		}
		id, err := givenProjectID(cmd, c, "project", *project)
		if err != nil {
			return err
		}
		made, err := answered[goclient.Backup](a.followed(cmd.Context(), c, func(ctx context.Context, c *client) (*http.Response, error) {
			return c.CreateBackup(ctx, goclient.BackupRequest{ProjectID: id})
		}))
		if err != nil {
			return err
		}
		return a.show(made.text, func(w io.Writer) {
			fmt.Fprintf(w, "Made %s: %s, %s.\n", made.body.ID, many(made.body.Keys, "key"), inUnits(made.body.Size))
		})
	}
	return cmd
}

// givenNumber returns what a flag says, nil where it is not given.
func givenNumber[T any](cmd *cobra.Command, name string, value *T) *T {
	if !cmd.Flags().Changed(name) {
		return nil
	}
	return value
}

func (a *app) backupList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the backups, newest first, and when the next one is due",
		Example: "  tempskv backup list\n  tempskv backup list --json | jq -r '.backups[0].id'",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			list, err := c.backups(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(list.text, func(w io.Writer) {
				names := c.projectNames(cmd.Context())
				rows := make([][]string, 0, len(list.body.Backups))
				heads := "ID OF KEYS SIZE MADE ENGINE"
				for _, b := range list.body.Backups {
					if rows = append(rows, backupRow(b, names)); b.Damaged {
						heads = "ID OF KEYS SIZE MADE ENGINE PROBLEM"
					}
				}
				a.list(w, heads, rows, "There is no backup yet. Make one with: tempskv backup create")
				fmt.Fprintf(a.stderr, "In %s. %s\n", list.body.Location, inWords(list.body.Schedule))
			})
		},
	}
}

// backups asks for the list.
func (c *client) backups(ctx context.Context) (reply[goclient.Backups], error) {
	return answered[goclient.Backups](c.ListBackups(ctx))
}

func backupRow(b goclient.Backup, name func(id int64) string) []string {
	if b.CreatedAt == nil {
		return []string{b.ID, text(b.Problem)}
	}
	of := "all"
	if b.ProjectID != nil {
		of = "project " + name(*b.ProjectID)
	}
	row := []string{b.ID, of, fmt.Sprint(b.Keys), inUnits(b.Size), string(b.Trigger), b.Engine}
	if b.Damaged {
		row = append(row, problem(b))
	}
	return row
}

// problem says what is wrong with the files of a backup, as far as that was looked at.
func problem(b goclient.Backup) string { return "DAMAGED: " + text(b.Problem) }

func (a *app) backupShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show the contents of a backup",
		Example: "  tempskv backup show 20300102T150405Z-k3v7x2ab",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			one, err := answered[goclient.Backup](c.GetBackup(cmd.Context(), args[0]))
			if err != nil {
				return err
			}
			return a.show(one.text, func(w io.Writer) {
				b := one.body
				table(w, "", [][]string{
					{"id", b.ID}, {"scope", string(b.Scope)}, {"begun", day(b.CreatedAt)}, {"complete", day(b.FinishedAt)},
					{"engine", b.Engine + " " + b.Server}, {"tempskv", b.Version},
					{"one moment", fmt.Sprint(b.PointInTime)}, {"keys", fmt.Sprint(b.Keys)},
					{"tokens", fmt.Sprint(b.Credentials)}, {"size", inUnits(b.Size)}, {"sha256", b.Sha256},
				})
				if b.Damaged {
					fmt.Fprintln(w, problem(b))
				}
				for _, id := range b.Deleting {
					fmt.Fprintf(w, "Project %d was being deleted: some or all of its keys are missing.\n", id)
				}
				rows := make([][]string, 0, len(b.Projects))
				for _, p := range b.Projects {
					rows = append(rows, []string{fmt.Sprint(p.ID), visible(p.Name), fmt.Sprint(p.Keys)})
				}
				fmt.Fprintln(w)
				table(w, "PROJECT NAME KEYS", rows)
			})
		},
	}
}

func (a *app) backupVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify ID",
		Short: "Read a backup and check that it is intact",
		Long: "Read a whole backup, as a restore would, and compare it with its checksum and counts.\n" +
			"The exit code is 6 if it is damaged.",
		Example: "  tempskv backup verify 20300102T150405Z-k3v7x2ab",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connectForLong(cmd)
			if err != nil {
				return err
			}
			found, err := answered[goclient.Verification](a.followed(cmd.Context(), c,
				func(ctx context.Context, c *client) (*http.Response, error) { return c.VerifyBackup(ctx, args[0]) }))
			if err != nil {
				return err
			}
			if err := a.show(found.text, func(w io.Writer) {
				if found.body.Ok {
					fmt.Fprintf(w, "%s is whole: %s, %d expired since.\n", args[0], many(found.body.Keys, "key"), found.body.Expired)
				}
			}); err != nil || found.body.Ok {
				return err
			}
			return &failure{code: exitConflict, detail: *found.body.Problem, hint: "use another one: tempskv backup list"}
		},
	}
}
