// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode"
)

// word is a part of a line of the shell.
type word struct {
	raw  string // as typed
	text string // without the quotes around it
}

// splitLine splits a line at white space. A word may be in quotes: 'as it is', or "as JSON writes a string". One that begins
// with { or [ and is JSON ends where that does, blanks or not.
func splitLine(line string) (words []word, err error) {
	for {
		line = strings.TrimLeftFunc(line, unicode.IsSpace)
		if line == "" {
			return words, nil
		}
		w, err := firstWord(line)
		if err != nil {
			return nil, err
		}
		words = append(words, w)
		line = line[len(w.raw):]
	}
}

func firstWord(line string) (word, error) {
	switch line[0] {
	case '\'':
		end := strings.IndexByte(line[1:], '\'')
		if end < 0 {
			return word{}, errors.New("the quote ' is not closed")
		}
		return word{line[:end+2], line[1 : end+1]}, nil
	case '"', '{', '[':
		var value json.RawMessage
		if json.NewDecoder(strings.NewReader(line)).Decode(&value) == nil {
			var text string
			if json.Unmarshal(value, &text) != nil {
				text = string(value)
			}
			return word{string(value), text}, nil
		}
		if line[0] == '"' {
			return word{}, errors.New(`the quote " is not closed, or what is in it is not as JSON writes a string`)
		}
	}
	end := strings.IndexFunc(line, unicode.IsSpace)
	if end < 0 {
		end = len(line)
	}
	return word{line[:end], line[:end]}, nil
}

// argument returns the word as the n-th argument of a command: a value in double quotes is a JSON string, as it is typed.
func (w word) argument(command string, n int) string {
	if w.raw[0] == '"' && n%2 == 1 && (command == "set" || command == "mset") {
		return w.raw
	}
	return w.text
}
