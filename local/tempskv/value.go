// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// value returns the JSON text that an argument stands for; "-" stands for standard input.
func (a *app) value(cmd *cobra.Command, arg, as string) (json.RawMessage, error) {
	text := []byte(arg)
	if arg == "-" {
		var err error
		if text, err = a.input(); err != nil {
			return nil, err
		}
		if as == "" {
			text = bytes.TrimSuffix(text, []byte("\n"))
		}
	}
	if !utf8.Valid(text) {
		return nil, usage(cmd, "the value is not UTF-8; encode it first, for example with base64")
	}
	switch as {
	case "":
		return a.jsonOrString(text), nil
	case "string":
		return jsontext.AppendQuote(nil, string(text)), nil
	case "json":
		if !json.Valid(text) {
			return nil, usage(cmd, "the value is not JSON")
		}
		return text, nil
	}
	return nil, usage(cmd, "--as is string or json, not %q", as)
}

// input returns all of standard input.
func (a *app) input() ([]byte, error) {
	text, err := io.ReadAll(a.stdin)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return text, nil
}

// jsonOrString returns the JSON text for a value that is JSON or a string. It warns of a string that may be meant as JSON.
func (a *app) jsonOrString(text []byte) json.RawMessage {
	var value json.RawMessage
	err := json.Unmarshal(text, &value)
	if err == nil {
		return text
	}
	if start := bytes.TrimSpace(text); len(start) > 0 && strings.ContainsRune(`{["`, rune(start[0])) {
		fmt.Fprintf(a.stderr, "tempskv: the value is stored as a string: it begins like JSON, but is not (%v).\n"+
			"  --as json refuses such a value, --as string takes it without this warning.\n", err)
	}
	return jsontext.AppendQuote(nil, string(text))
}

// plain returns a value as people read it: the characters of a string, the JSON text of anything else.
func plain(value json.RawMessage, raw bool) string {
	var s string
	if raw || json.Unmarshal(value, &s) != nil {
		return string(value)
	}
	return s
}

// visible returns a key for a line of text: quoted where it would break the line, or play tricks on a terminal.
func visible(key string) string {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(key)
	}
	return key
}
