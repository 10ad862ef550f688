// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is written in Markdown, and can be read as it is. Its first columns are words, the others figures.
type table struct {
	words  int
	header []string
	rows   [][]string
}

func newTable(words int, header ...string) *table { return &table{words: words, header: header} }

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	t.rows = append(t.rows, row)
}

func (t *table) String() string {
	const least = 3 // that makes a rule
	widths := slices.Repeat([]int{least}, len(t.header))
	for _, row := range append([][]string{t.header}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	line := func(cell func(i int) string) {
		for i := range widths {
			b.WriteString("| " + cell(i) + " ")
		}
		b.WriteString("|\n")
	}
	aligned := func(row []string) {
		line(func(i int) string {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(row[i]))
			if i < t.words {
				return row[i] + space
			}
			return space + row[i]
		})
	}
	aligned(t.header)
	line(func(i int) string {
		if i < t.words {
			return strings.Repeat("-", widths[i])
		}
		return strings.Repeat("-", widths[i]-1) + ":"
	})
	for _, row := range t.rows {
		aligned(row)
	}
	return b.String()
}

// figure writes a figure with as many digits as say something.
func figure(f float64) string {
	switch {
	case f >= 1000:
		return number(int(f + 0.5))
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}
