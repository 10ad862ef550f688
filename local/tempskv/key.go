// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) key() *cobra.Command {
	return group(&cobra.Command{
		Use:   "key",
		Short: "Create, list and revoke API keys",
		Long: "Create, list and revoke API keys (tk_): each manages the server or uses many projects, depending on its\n" +
			"permissions: SystemAdmin (everything), SystemRead (status, lists, audit), KvRead, KvWrite.",
		Example: "  tempskv key create ops --permission SystemAdmin\n  tempskv key list",
	}, a.keyCreate(), a.keyList(), a.keyRevoke())
}

func (a *app) keyCreate() *cobra.Command {
	var permissions, projects []string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create an API key and print it",
		Long: "Create an API key and print it on standard output. It is not shown again.\n\n" +
			"Permissions: SystemAdmin (everything), SystemRead (status, lists, audit), KvRead, KvWrite.",
		Example: "  tempskv key create ops --permission SystemAdmin\n" +
			"  tempskv key create ci --permission KvRead,KvWrite --project shop,blog --expires 90d",
		Args: takes,
	}
	cmd.Flags().StringSliceVar(&permissions, "permission", nil, "permissions, separated by commas (required)")
	cmd.Flags().StringSliceVar(&projects, "project", nil, "limit its data operations to these projects, by name or id (default all)")
	addExpires(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(permissions) == 0 {
			return usage(cmd, "--permission is missing: SystemAdmin, SystemRead, KvRead, KvWrite, or several with commas")
		}
		wanted := goclient.APIKeyRequest{Name: args[0]}
		for _, p := range permissions {
			wanted.Permissions = append(wanted.Permissions, goclient.Permission(p))
		}
		var err error
		if wanted.ExpiresAt, err = expires(cmd); err != nil {
			return err
		}
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		if len(projects) > 0 {
			ids := make([]int64, len(projects))
			for i, text := range projects {
				if ids[i], err = projectNamed(cmd, c, text); err != nil {
					return err
				}
			}
			wanted.ProjectIDs = &ids
		}
		created, err := answered[goclient.CreatedAPIKey](c.CreateAPIKey(cmd.Context(), wanted))
		if err != nil {
			return err
		}
		return a.showToken(created.text, created.body.ID, created.body.Token, "Data operations with it name a project by project_id.")
	}
	return cmd
}

func (a *app) keyList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List API keys",
		Example: "  tempskv key list",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			list, err := answered[goclient.APIKeys](c.ListAPIKeys(cmd.Context()))
			if err != nil {
				return err
			}
			return a.show(list.text, func(w io.Writer) {
				rows := make([][]string, 0, len(list.body.APIKeys))
				names := c.projectNames(cmd.Context())
				for _, k := range list.body.APIKeys {
					projects := "all"
					if k.ProjectIDs != nil {
						projects = namesOf(*k.ProjectIDs, names)
					}
					rows = append(rows, credential{k.ID, k.Name, k.Prefix, k.Last4, k.CreatedAt, k.ExpiresAt, k.LastUsedAt}.
						row(commas(k.Permissions), projects))
				}
				a.list(w, credentialColumns+"PERMISSIONS PROJECTS", rows,
					"There is no API key. Create one with: tempskv key create NAME --permission SystemAdmin")
			})
		},
	}
}

// namesOf writes a list of projects.
func namesOf(ids []int64, name func(id int64) string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = name(id)
	}
	return strings.Join(names, ", ")
}

// commas writes a list with commas between.
func commas[T any](list []T) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

func (a *app) keyRevoke() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke an API key at once",
		Long: "Revoke an API key at once. The last one with SystemAdmin stays, unless --force is given: another one has to be\n" +
			"valid for a day more, or for as long as this one.",
		Example: "  tempskv key revoke m2c7w1",
		Args:    takesID,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			params := &goclient.RevokeAPIKeyParams{}
			if force {
				params.Force = &force
			}
			if _, err := c.RevokeAPIKey(cmd.Context(), args[0], params); err != nil {
				return err
			}
			return a.done("Revoked API key %s.", args[0])
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "revoke the last API key with SystemAdmin too")
	return cmd
}
