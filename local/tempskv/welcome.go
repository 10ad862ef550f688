// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
)

// welcome is what serve prints on standard output: its address, secrets that are shown once, or the file that holds them, and a
// command to try next.
type welcome struct {
	url, data string
	argv0     string // how the program was called
	moved     bool   // client commands need --data
	secrets
	file, fileHolds string       // where the secrets are, and what they are, if standard output is no terminal
	devToken        access.Token // only with --dev
	next            string       // arguments of the next command
}

// print writes the welcome. It returns the error, so that a key that was not seen is shown again.
func (w *welcome) print(to io.Writer) error {
	out := &bytes.Buffer{}
	fmt.Fprintf(out, "tempskv listens on %s\n", w.url)
	if w.file != "" {
		fmt.Fprintf(out, "\nOnly its owner can read %s: it holds %s.\n", w.file, w.fileHolds)
	} else {
		w.secrets.print(out)
	}
	if w.devToken != "" {
		fmt.Fprint(out, "\nTry these:\n\n")
		w.curl(out, "set", `{"key":"greeting","value":"hello"}`)
		w.curl(out, "get", `{"key":"greeting"}`)
		w.curl(out, "incr", `{"key":"visits"}`)
		fmt.Fprintf(out, "Documentation: %s/docs\n", w.url)
	}
	next := w.program() + " " + w.next
	if w.moved {
		next += " --data " + shellQuote(w.data)
	}
	fmt.Fprintf(out, "\nNext: %s\n", next)
	_, err := to.Write(out.Bytes())
	return err
}

func (w *welcome) curl(out io.Writer, op, body string) {
	fmt.Fprintf(out, "curl %s/api/kv/%s -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d '%s'\n\n",
		w.url, op, w.devToken, body)
}

// program returns how to call this program again; go run deletes its binary.
func (w *welcome) program() string {
	if strings.HasPrefix(w.argv0, os.TempDir()) {
		return "tempskv"
	}
	return shellQuote(w.argv0)
}

// shellQuote quotes a path for a shell.
func shellQuote(path string) string {
	if strings.Trim(path, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/._-") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
