// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

const keysPath = "/api/api-keys"

func (a *app) key() *cobra.Command {
	return group(&cobra.Command{
		Use:   "key",
		Short: "Create, list and revoke API keys",
		Long: "Create, list and revoke API keys (tk_): each manages the server or reaches many projects, as its\n" +
			"permissions say: SystemAdmin (everything), SystemRead (status, lists, audit), KvRead, KvWrite.",
		Example: "  tempskv key create ops --permission SystemAdmin\n  tempskv key list",
	}, a.keyCreate(), a.keyList(), a.keyRevoke())
}

func (a *app) keyCreate() *cobra.Command {
	var permissions []string
	var projects []int64
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create an API key and print it",
		Long: "Create an API key and print it: on standard output the key alone. It is not shown again.\n\n" +
			"Permissions: SystemAdmin (everything), SystemRead (status, lists, audit), KvRead, KvWrite.",
		Example: "  tempskv key create ops --permission SystemAdmin\n" +
			"  tempskv key create ci --permission KvRead,KvWrite --project 1,2 --expires 90d",
		Args: takes,
	}
	cmd.Flags().StringSliceVar(&permissions, "permission", nil, "what it may do; several with commas (required)")
	cmd.Flags().Int64SliceVar(&projects, "project", nil, "narrow its data operations to these projects (default all)")
	addExpires(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(permissions) == 0 {
			return usage(cmd, "--permission is missing: SystemAdmin, SystemRead, KvRead, KvWrite, or several with commas")
		}
		f := fields{"name": args[0], "permissions": permissions}
		if len(projects) > 0 {
			f["project_ids"] = projects
		}
		if err := expires(cmd, f); err != nil {
			return err
		}
		answer, err := a.manage(cmd, http.MethodPost, keysPath, f)
		if err != nil {
			return err
		}
		return a.showToken(answer, "Data operations with it name a project by project_id.")
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
			answer, err := a.manage(cmd, http.MethodGet, keysPath, nil)
			if err != nil {
				return err
			}
			var list struct {
				APIKeys []struct {
					credentialBody
					Permissions []string
					ProjectIDs  []int64 `json:"project_ids"`
				} `json:"api_keys"`
			}
			return a.show(answer, &list, func(w io.Writer) {
				rows := make([][]string, 0, len(list.APIKeys))
				for _, k := range list.APIKeys {
					projects := "all"
					if k.ProjectIDs != nil {
						projects = strings.Trim(strings.ReplaceAll(fmt.Sprint(k.ProjectIDs), " ", ","), "[]")
					}
					rows = append(rows, k.row(strings.Join(k.Permissions, ","), projects))
				}
				table(w, credentialColumns+"PERMISSIONS PROJECTS", rows)
			})
		},
	}
}

func (a *app) keyRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "End an API key at once",
		Example: "  tempskv key revoke m2c7w1",
		Args:    takesID,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.manage(cmd, http.MethodDelete, keysPath+"/"+url.PathEscape(args[0]), nil); err != nil {
				return err
			}
			return a.done("Revoked API key %s.", args[0])
		},
	}
}
