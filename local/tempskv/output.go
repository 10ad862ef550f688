// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// show prints an answer of the server: its text with --json, else what people prints.
func (a *app) show(text []byte, people func(w io.Writer)) error {
	if a.json {
		return a.showJSON(text)
	}
	people(a.stdout)
	return nil
}

func (a *app) showJSON(text []byte) error {
	_, err := a.stdout.Write(append(bytes.TrimRight(text, "\n"), '\n'))
	return err
}

// done prints for people that a call without an answer was done; programs have the exit code.
func (a *app) done(format string, args ...any) error {
	if a.json {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, format+"\n", args...)
	return err
}

// list prints a table. If it has no rows, it says on standard error what to do about that.
func (a *app) list(w io.Writer, heading string, rows [][]string, ifEmpty string) {
	if len(rows) == 0 {
		fmt.Fprintln(a.stderr, ifEmpty)
		return
	}
	table(w, heading, rows)
}

// table prints rows under a heading, in columns.
func table(w io.Writer, heading string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if heading != "" {
		fmt.Fprintln(t, strings.ReplaceAll(heading, " ", "\t"))
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = oneLine.Replace(cell)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	_ = t.Flush() // a terminal that is gone has ended the program already
}

// oneLine keeps what others wrote in its cell.
var oneLine = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`)

// day prints a time for people, or a dash for none.
func day(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// inUnits is a number of bytes for people.
func inUnits(bytes int64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	amount, name := float64(bytes)/unit, 0
	for amount >= unit {
		amount, name = amount/unit, name+1
	}
	return fmt.Sprintf("%.1f %ciB", amount, "KMGTPE"[name])
}

// many is a count of things for people.
func many(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
