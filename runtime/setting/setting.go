// SPDX-License-Identifier: Apache-2.0

// Package setting cleans the text of a setting, wherever it comes from: a flag, a variable, a file. Variables that a shell
// or a secret store fills often end in a line break. The mains and package config import it.
package setting

import (
	"errors"
	"strings"
	"unicode"
)

// byteOrderMark is what some editors put in front of a text.
const byteOrderMark = '\ufeff'

func around(r rune) bool { return unicode.IsSpace(r) || r == byteOrderMark }

// Trim returns a text without the white space and line breaks around it.
func Trim(text string) string { return strings.TrimFunc(text, around) }

// Text trims a text that may have blanks inside, such as a path. An error means that it has a line break or another control
// character inside. The error does not repeat the text, which may be a secret.
func Text(text string) (string, error) {
	text = Trim(text)
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "", errors.New("must not have a line break or another control character inside")
	}
	return text, nil
}

// Word trims a text that has no blanks, such as a token or a URL. An error means that it has white space, a line break or
// another control character inside. The error does not repeat the text, which may be a secret.
func Word(text string) (string, error) {
	text = Trim(text)
	if strings.ContainsFunc(text, func(r rune) bool { return around(r) || unicode.IsControl(r) }) {
		return "", errors.New("must not have white space or a line break inside")
	}
	return text, nil
}
