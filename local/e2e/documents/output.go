// SPDX-License-Identifier: Apache-2.0

package documents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
)

// anything stands for what differs each time.
const anything = "…"

// Compare returns an error if what was printed is not what the page shows. White space at the ends of lines does not count, and an
// ellipsis stands for any text. JSON may be laid out in another way, and the text "…" in it stands for any value.
func Compare(got, want string, asJSON bool) error {
	if asJSON {
		return compareJSON(got, want)
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(trimLines(want)), anything, `[^\n]*`)
	if !regexp.MustCompile(`^` + pattern + `$`).MatchString(trimLines(got)) {
		return fmt.Errorf("it prints\n%s\nand the page shows\n%s", got, want)
	}
	return nil
}

func trimLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Join(lines, "\n")
}

func compareJSON(got, want string) error {
	shown, err := texts(want)
	if err != nil {
		return fmt.Errorf("the page shows no JSON: %w", err)
	}
	printed, err := texts(got)
	if err != nil {
		return fmt.Errorf("it prints no JSON: %w:\n%s", err, got)
	}
	if !like(printed, shown) {
		return fmt.Errorf("it prints\n%s\nand the page shows\n%s", got, want)
	}
	return nil
}

// texts reads JSON texts, one after the other.
func texts(all string) ([]any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(all)))
	decoder.UseNumber()
	values := []any{}
	for {
		var v any
		if err := decoder.Decode(&v); errors.Is(err, io.EOF) {
			return values, nil
		} else if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
}

// like reports whether a value is the one that is shown.
func like(got, shown any) bool {
	switch shown := shown.(type) {
	case string:
		text, ok := got.(string)
		if !ok {
			return shown == anything
		}
		return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(shown), anything, `.*`) + `$`).MatchString(text)
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(shown) {
			return false
		}
		for i := range list {
			if !like(list[i], shown[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok || len(object) != len(shown) {
			return false
		}
		for name := range shown {
			member, ok := object[name]
			if !ok || !like(member, shown[name]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, shown)
}
