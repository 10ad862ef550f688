// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
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
	lines := make([][]string, 0, len(rows)+1)
	if heading != "" {
		lines = append(lines, strings.Fields(heading))
	}
	for _, row := range rows {
		lines = append(lines, cellsFor(w, row))
	}
	widths := columnWidths(lines)
	var out strings.Builder
	for _, line := range lines {
		for i, cell := range line {
			out.WriteString(cell)
			if i < len(line)-1 {
				out.WriteString(strings.Repeat(" ", widths[i]-onScreen.StringWidth(cell)+2))
			}
		}
		out.WriteByte('\n')
	}
	_, _ = io.WriteString(w, out.String()) // a terminal that is gone has ended the program already
}

// cellsFor returns a row as w shows it, without empty cells at its end.
func cellsFor(w io.Writer, row []string) []string {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = oneLine.Replace(cell)
		if _, ok := w.(*terminal); ok {
			cells[i] = string(escape([]byte(cells[i])))
		}
	}
	return cells
}

// columnWidths returns how wide each column is. What ends a line may be longer than its column.
func columnWidths(lines [][]string) []int {
	var widths []int
	for _, line := range lines {
		for i, cell := range line[:max(0, len(line)-1)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], onScreen.StringWidth(cell))
		}
	}
	return widths
}

// onScreen measures text as terminals do: Chinese, Japanese, Korean and emoji take two columns. Whether a character that may
// have either width has one or two is not a matter of the locale, which is that of the text and not of the terminal.
var onScreen = runewidth.Condition{StrictEmojiNeutral: true}

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
