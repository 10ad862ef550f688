// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/setting"
)

func (a *app) importKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Import keys from an export, a Redis or a Temps KV",
		Long: "Import the keys of a file that export wrote (default: standard input), or --from a Redis.\n\n" +
			"Keys of a Redis go into --project, with the same names. Without --project only keys of a Temps KV (kv:p7:name)\n" +
			"are imported, each into its own project, which is created with that id if it is missing.\n" +
			"Values that are not JSON become JSON strings, times to live are kept, and existing keys are overwritten.\n" +
			"Other types of Redis than strings, such as lists, cannot be imported: they are counted, and the exit code is 6.\n\n" +
			"Other users see command lines: --from - reads the URL from standard input.",
		Example: "  tempskv import shop.ndjson --project 1\n" +
			"  tempskv import --from redis://old.example.com:6379 --match 'session:*' --project 1\n" +
			"  tempskv import --from - < redis-url.txt",
		Args: takes,
	}
	a.projectFlag(cmd)
	from := cmd.Flags().String("from", "", "URL of a Redis, as for enable; - reads it from standard input")
	match := cmd.Flags().String("match", "*", "with --from, import only the keys that match this glob")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *from != "" && len(args) > 0 {
			return usage(cmd, "--from and a file exclude each other")
		}
		i, err := a.importer(cmd, *from != "")
		if err != nil {
			return err
		}
		if *from != "" {
			err = i.redis(cmd, *from, *match)
		} else {
			err = i.file(cmd.Context(), append(args, "-")[0])
		}
		if err != nil {
			return sourceFailure(err)
		}
		return i.report()
	}
	return cmd
}

// sourceFailure returns what went wrong with the file or the Redis that keys come from with the exit code that fits. What
// the server says of itself has one.
func sourceFailure(err error) error {
	detail, _ := explain(err)
	switch {
	case errors.Is(err, kv.ErrInvalid):
		return &failure{code: exitUsage, detail: detail}
	case errors.Is(err, kv.ErrUnavailable), errors.Is(err, kv.ErrTimeout):
		return &failure{code: exitUnavailable, detail: detail}
	}
	return err
}

// importer brings keys in, many with a call.
type importer struct {
	app *app
	to  *data
	// spread means that each key goes into the project that its name contains.
	spread  bool
	known   map[int64]bool // projects that are there
	keys    int64
	expired int64
	left    map[string]int64 // what was left out, by why
}

// importer returns one for the project that is named or, for the keys of a Redis where none is, for those of their names.
func (a *app) importer(cmd *cobra.Command, redis bool) (*importer, error) {
	i := &importer{app: a, left: map[string]int64{}}
	named, err := a.givenProject(cmd)
	if err != nil {
		return nil, err
	}
	c, err := a.connect(cmd)
	if err != nil {
		return nil, err
	}
	if redis && named == "" && !strings.HasPrefix(c.token, string(access.DeploymentToken)) {
		i.spread, i.to = true, &data{client: c}
		return i, i.learnProjects(cmd.Context())
	}
	i.to, err = a.data(cmd)
	return i, err
}

func (i *importer) learnProjects(ctx context.Context) error {
	list, err := answered[goclient.Projects](i.to.ListProjects(ctx))
	i.known = map[int64]bool{}
	for _, p := range list.body.Projects {
		i.known[p.ID] = true
	}
	return err
}

func (i *importer) file(ctx context.Context, path string) error {
	in := i.app.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return backups.ReadExport(in, func(records []kv.Record) error { return i.store(ctx, i.to.project, records) })
}

func (i *importer) redis(cmd *cobra.Command, url, match string) error {
	if url == "-" {
		text, err := i.app.input()
		if err != nil {
			return err
		}
		url = string(text)
	}
	url, err := setting.Word(url)
	if err != nil {
		return usage(cmd, "--from: %w", err)
	}
	source, err := redis.OpenSource(cmd.Context(), redis.Config{URL: url})
	if err != nil {
		return err
	}
	defer source.Close()
	return source.Walk(cmd.Context(), match, func(records []kv.Record) error {
		if !i.spread {
			return i.store(cmd.Context(), i.to.project, records)
		}
		return i.spreadOut(cmd.Context(), records)
	})
}

// spreadOut stores each key in the project that its name contains.
func (i *importer) spreadOut(ctx context.Context, records []kv.Record) error {
	groups := map[kv.ProjectID][]kv.Record{}
	for _, r := range records {
		project, key, ok := redis.ParseName(string(r.Key))
		if !ok {
			if !ownKey(string(r.Key)) {
				i.left["not of a Temps KV"]++
			}
			continue
		}
		r.Key = key
		groups[project] = append(groups[project], r)
	}
	for project, group := range groups {
		id := int64(project)
		if err := i.ensureProject(ctx, id); err != nil {
			return err
		}
		if err := i.store(ctx, &id, group); err != nil {
			return err
		}
	}
	return nil
}

// ownKey reports whether a name belongs to tempskv itself: its mark, and control data that servers share.
func ownKey(name string) bool {
	return name == redis.OwnerKey || strings.HasPrefix(name, "tempskv:")
}

func (i *importer) ensureProject(ctx context.Context, id int64) error {
	if i.known[id] {
		return nil
	}
	_, err := i.to.CreateProject(ctx, goclient.ProjectRequest{Name: fmt.Sprintf("imported %d", id), ID: &id})
	if err == nil {
		i.known[id] = true
		fmt.Fprintf(i.app.stderr, "Created project %d.\n", id)
	}
	return err
}

// store stores records in a project, nil for that of the token.
func (i *importer) store(ctx context.Context, project *int64, records []kv.Record) error {
	entries := i.entries(records)
	if len(entries) == 0 {
		return nil
	}
	_, err := answered[goclient.MSetResponse](i.to.KVMSet(ctx, goclient.MSetRequest{Entries: entries, ProjectID: project}))
	var refused *goclient.Error
	if errors.As(err, &refused) && refused.Status == http.StatusRequestEntityTooLarge && len(entries) == 1 {
		i.left["too large"]++
		return nil
	}
	if err != nil {
		return err
	}
	i.keys += int64(len(entries))
	if isTerminal(i.app.stderr) {
		eraseLine(i.app.stderr)
		fmt.Fprintf(i.app.stderr, "%d keys ...", i.keys)
	}
	return nil
}

// report prints the outcome.
func (i *importer) report() error {
	eraseLine(i.app.stderr)
	if err := i.app.done("Imported %s.", many(i.keys, "key")); err != nil {
		return err
	}
	if i.expired > 0 {
		fmt.Fprintf(i.app.stderr, "%d had expired.\n", i.expired)
	}
	var left int64
	for why, n := range i.left {
		left += n
		fmt.Fprintf(i.app.stderr, "%d were left out: %s.\n", n, why)
	}
	if left > 0 {
		return &failure{code: exitConflict, detail: many(left, "key") + " left out"}
	}
	return nil
}
