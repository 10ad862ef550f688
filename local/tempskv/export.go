// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) export() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write every key of a project, one JSON object per line",
		Long: "Write every key of a project to FILE or standard output, one JSON object per line (NDJSON): key, value and, if it\n" +
			"expires, expires_at in milliseconds since 1970. The last line is {\"end\":{\"keys\":N}}.",
		Example: "  tempskv export shop.ndjson --project 1\n  tempskv export | jq -r .key",
		Args:    takes,
	}
	a.projectFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		path := append(args, "-")[0]
		end := &lastLine{}
		err = a.save(path, func(w io.Writer) error {
			err := d.fetch(cmd.Context(), io.MultiWriter(w, end), func(ctx context.Context, c *goclient.ClientWithResponses) (*http.Response, error) {
				return c.KVExport(ctx, goclient.ExportRequest{ProjectID: d.project})
			})
			if err == nil && !bytes.HasPrefix(end.text, []byte(`{"end":`)) {
				err = &failure{code: exitUnavailable, detail: fmt.Sprintf("the answer of %s was cut off", d.url), hint: "try again"}
			}
			return err
		})
		if err != nil || path == "-" {
			return err
		}
		return a.done("Saved %s.", path)
	}
	return cmd
}

// lastLine keeps the last line that is written to it, without holding more than its beginning.
type lastLine struct {
	text  []byte
	ended bool // by a newline: the next byte begins another line
}

const lastLineBytes = 64

func (l *lastLine) Write(p []byte) (int, error) {
	rest := p
	for len(rest) > 0 {
		if l.ended {
			l.text, l.ended = l.text[:0], false
		}
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line, l.ended = rest[:i+1], true
		}
		l.text = append(l.text, line[:min(len(line), lastLineBytes-min(len(l.text), lastLineBytes))]...)
		rest = rest[len(line):]
	}
	return len(p), nil
}
