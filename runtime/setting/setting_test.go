// SPDX-License-Identifier: Apache-2.0

package setting_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/runtime/setting"
)

func TestWhiteSpaceAroundIsTrimmed(t *testing.T) {
	t.Parallel()
	for _, space := range []string{" ", "\n", "\r\n", "\t", "\u00a0", "\ufeff", "\u2028", "\v", " \n\t "} {
		for _, text := range []string{space + "tk_a", "tk_a" + space, space + "tk_a" + space} {
			if got, err := setting.Word(text); got != "tk_a" || err != nil {
				t.Errorf("word %q: %q, %v", text, got, err)
			}
			if got, err := setting.Text(text); got != "tk_a" || err != nil {
				t.Errorf("text %q: %q, %v", text, got, err)
			}
		}
		if got, err := setting.Word(space); got != "" || err != nil {
			t.Errorf("word %q: %q, %v", space, got, err)
		}
	}
}

func TestWhiteSpaceInsideIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		inside     string
		word, text bool // whether it is accepted
	}{
		{"", true, true},
		{"ä", true, true},
		{" ", false, true},
		{"\u00a0", false, true},
		{"\t", false, false},
		{"\n", false, false},
		{"\r", false, false},
		{"\x00", false, false},
		{"\x1b", false, false},
		{"\x7f", false, false},
		{"\u0085", false, false},
	} {
		const secret = "hunter2"
		_, err := setting.Word(secret + tt.inside + secret)
		if (err == nil) != tt.word || err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("word with %q: %v", tt.inside, err)
		}
		_, err = setting.Text(secret + tt.inside + secret)
		if (err == nil) != tt.text || err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("text with %q: %v", tt.inside, err)
		}
	}
}
