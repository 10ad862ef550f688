// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) projectRename() *cobra.Command {
	return &cobra.Command{
		Use:     "rename PROJECT NAME",
		Short:   "Give a project another name",
		Long:    "Give a project another name. Its id, keys and tokens stay as they are.",
		Example: "  tempskv project rename shop store\n  tempskv project rename 2 store",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, id, err := a.projectIn(cmd, args[0])
			if err != nil {
				return err
			}
			changed, err := answered[goclient.Project](c.UpdateProject(cmd.Context(), id, goclient.ProjectUpdateRequest{Name: &args[1]}))
			if err != nil {
				return err
			}
			return a.show(changed.text, func(w io.Writer) {
				fmt.Fprintf(w, "Project %d has the name %s now.\n", id, visible(changed.body.Name))
			})
		},
	}
}

func (a *app) projectLimits() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "limits PROJECT",
		Short: "Show or change the limits of a project",
		Long: "Show the limits of a project or, with flags, change those that are given. Each is a number, none, or default for\n" +
			"that of the server. They hold within seconds, on each server.",
		Example: "  tempskv project limits shop\n" +
			"  tempskv project limits shop --keys 10000 --bytes 100mb --requests-per-second 50\n" +
			"  tempskv project limits shop --bytes none --keys default",
		Args: takes,
	}
	flags := cmd.Flags()
	keys, bytes, requests := new(limitFlag), &limitFlag{size: true}, new(limitFlag)
	flags.Var(keys, "keys", "how many keys it may hold")
	flags.Var(bytes, "bytes", "how many bytes its keys and values may take, such as 100mb; each key counts 64 more")
	flags.Var(requests, "requests-per-second", "how many data operations it may make a second")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, id, err := a.projectIn(cmd, args[0])
		if err != nil {
			return err
		}
		if limits := (goclient.ProjectLimitsRequest{Keys: keys.limit, Bytes: bytes.limit, RequestsPerSecond: requests.limit}); limits !=
			(goclient.ProjectLimitsRequest{}) {
			_, err := answered[goclient.Project](c.UpdateProject(cmd.Context(), id, goclient.ProjectUpdateRequest{Limits: &limits}))
			if err != nil {
				return err
			}
		}
		return a.showProject(cmd, c, id)
	}
	return cmd
}

// limitFlag is a flag for a limit of a project.
type limitFlag struct {
	limit *int64
	size  bool // whether it takes units, such as 100mb
}

func (f *limitFlag) String() string {
	if f.limit == nil {
		return ""
	}
	return fmt.Sprint(*f.limit)
}

func (f *limitFlag) Type() string {
	if f.size {
		return "size"
	}
	return "limit"
}

// The limits of a project that are no numbers, as the API has them.
const (
	limitOfServer = 0
	noLimit       = -1
)

func (f *limitFlag) Set(text string) error {
	var n int64
	switch text {
	case "none":
		n = noLimit
	case "default":
		n = limitOfServer
	default:
		var err error
		if n, err = f.number(text); err != nil {
			return err
		}
		if n < 1 {
			return strconv.ErrRange
		}
	}
	f.limit = &n
	return nil
}

func (f *limitFlag) number(text string) (int64, error) {
	if f.size {
		size := engine.Memory(text)
		return size.Bytes(), size.Validate()
	}
	return strconv.ParseInt(text, 10, 64)
}
