// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// welcomed returns what serve wrote into a file, once the last of it is there: the client file is there before.
func welcomed(ts *testscript.TestScript, file string) string {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if text := ts.ReadFile(file); strings.Contains(text, "\nNext: ") && strings.HasSuffix(text, "\n") {
			return text
		}
	}
	ts.Fatalf("%s has no end", file)
	return ""
}

// paste does what the curl lines in a file say, as a user would by pasting them into a shell, and prints the answers.
// It knows the one form of line that serve --dev prints, so that the test needs neither a shell nor curl.
func paste(ts *testscript.TestScript, _ bool, args []string) {
	lines := 0
	for line := range strings.Lines(welcomed(ts, args[0])) {
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		lines++
		words := shellWords(strings.TrimSpace(line))
		req, err := http.NewRequest(http.MethodPost, words[1], nil)
		ts.Check(err)
		for i := 2; i < len(words); i += 2 {
			switch words[i] {
			case "-H":
				name, value, _ := strings.Cut(words[i+1], ": ")
				req.Header.Set(name, value)
			case "-d":
				req.Body = io.NopCloser(strings.NewReader(words[i+1]))
			default:
				ts.Fatalf("a line has %s: %s", words[i], line)
			}
		}
		res, err := http.DefaultClient.Do(req)
		ts.Check(err)
		body, err := io.ReadAll(res.Body)
		ts.Check(err)
		ts.Check(res.Body.Close())
		_, err = ts.Stdout().Write(body)
		ts.Check(err)
	}
	if lines == 0 {
		ts.Fatalf("there is no curl line in %s", args[0])
	}
}

// shellWords splits a line at spaces outside single quotes.
func shellWords(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// signIn signs a browser in with an API key, at the server that ready found.
func signIn(ts *testscript.TestScript, _ bool, args []string) {
	res, err := http.Post(ts.Getenv("URL")+"/api/session", "application/json", strings.NewReader(`{"token":"`+args[0]+`"}`))
	ts.Check(err)
	ts.Check(res.Body.Close())
	if res.StatusCode != http.StatusCreated {
		ts.Fatalf("answered %s", res.Status)
	}
}
