// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv"
)

func (a *app) kv() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "kv",
		Short: "Read and write keys",
		Long: "Read and write keys of one project.\n\n" +
			"A deployment token (dt_) belongs to one project. For an API key, or on the server's own machine,\n" +
			"--project or TEMPSKV_PROJECT names it; where there is only one project, that is the one.\n" +
			"An argument that begins with - goes after --, as in: tempskv kv set balance -- -5\n" +
			"Scripts do that always: a key --url=http://elsewhere would be a flag, and send the token there.",
		Example: "  tempskv kv set greeting hello --ex 60\n  tempskv kv get greeting\n  tempskv kv incr visits",
	},
		a.kvGet(), a.kvSet(), a.kvDel(), a.kvIncr(), a.kvDecr(), a.kvExpire(), a.kvPersist(), a.kvTTL(), a.kvExists(),
		a.kvMGet(), a.kvMSet(), a.kvKeys(), a.kvScan())
	a.projectFlag(cmd)
	return cmd
}

// projectFlag adds --project.
func (a *app) projectFlag(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&a.target.project, "project", "", "id of the project (TEMPSKV_PROJECT)")
}

// fields are the members of a request.
type fields map[string]any

// data does the data operations of one project.
type data struct {
	*client
	project kv.ProjectID // 0: the one of the token
}

// data returns the project that a command works on.
func (a *app) data(cmd *cobra.Command) (*data, error) {
	c, err := a.connect(cmd)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(c.token, string(kv.DeploymentToken)) {
		return &data{client: c}, nil
	}
	id, err := a.chosenProject(cmd, c)
	return &data{c, id}, err
}

// do sends one data operation.
func (d *data) do(ctx context.Context, op string, f fields) (json.RawMessage, error) {
	if d.project != 0 {
		f["project_id"] = d.project
	}
	return d.call(ctx, http.MethodPost, "/api/kv/"+op, f)
}

// operate sends the only data operation of a command.
func (a *app) operate(cmd *cobra.Command, op string, f fields) (json.RawMessage, error) {
	d, err := a.data(cmd)
	if err != nil {
		return nil, err
	}
	return d.do(cmd.Context(), op, f)
}

// count prints the number that an answer holds, and returns it.
func (a *app) count(answer json.RawMessage, member string) (n int64, err error) {
	var numbers map[string]json.Number
	if err := decode(answer, &numbers); err != nil {
		return 0, err
	}
	if n, err = numbers[member].Int64(); err != nil {
		return 0, err
	}
	if a.json {
		return n, a.showJSON(answer)
	}
	_, err = a.stdout.Write(append(strconv.AppendInt(nil, n, 10), '\n'))
	return n, err
}
