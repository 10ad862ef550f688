// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// show decodes an answer of the server into out, and prints it: as it is with --json, else as people tells it.
func (a *app) show(answer json.RawMessage, out any, people func(w io.Writer)) error {
	if err := decode(answer, out); err != nil {
		return err
	}
	if a.json {
		return a.showJSON(answer)
	}
	people(a.stdout)
	return nil
}

func decode(answer json.RawMessage, out any) error {
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the server's answer is not as expected: %w", err)
	}
	return nil
}

func (a *app) showJSON(answer json.RawMessage) error {
	_, err := a.stdout.Write(append(bytes.TrimRight(answer, "\n"), '\n'))
	return err
}

// table prints rows under a heading, in columns.
func table(w io.Writer, heading string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if heading != "" {
		fmt.Fprintln(t, strings.ReplaceAll(heading, " ", "\t"))
	}
	for _, row := range rows {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	_ = t.Flush() // a terminal that is gone has ended the program already
}

// day prints a time for people, or a dash for none.
func day(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}
