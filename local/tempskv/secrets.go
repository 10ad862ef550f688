// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

// secrets are what serve shows once: on a terminal, or else in a file.
type secrets struct {
	firstKey access.Token // only on a new data directory
	link     string       // logs a browser in at the dashboard, once
}

const firstKeyLabel = "API key, shown only this once: "

// print writes them for people.
func (s secrets) print(out io.Writer) {
	if s.firstKey != "" {
		fmt.Fprintf(out, "\n%s%s\n", firstKeyLabel, s.firstKey)
	}
	if s.link != "" {
		fmt.Fprintf(out, "\nDashboard (this link signs one browser in, once, within 30 minutes):\n%s\n", s.link)
	}
}

// what says which of them there are.
func (s secrets) what() string {
	if s.firstKey != "" {
		return "the first API key and a link to sign in"
	}
	return "a link to sign in"
}

// secretsFile holds the secrets where standard output is no terminal: the journal of a service manager, or the log of a
// container, keeps what is written there, and others can read it. Each secret goes from the file when it was used.
type secretsFile struct {
	path string
	secrets
}

// openSecrets returns the file in a data directory. A first key of an earlier start is kept.
func openSecrets(dir string) secretsFile {
	f := secretsFile{path: filepath.Join(dir, "sign-in.txt")}
	text, _ := os.ReadFile(f.path) // what cannot be read is replaced
	if _, rest, found := strings.Cut(string(text), firstKeyLabel); found {
		key, _, _ := strings.Cut(rest, "\n")
		f.firstKey = access.Token(strings.TrimSpace(key))
	}
	return f
}

// write writes the file, or removes it where there is no secret.
func (f *secretsFile) write() error {
	if f.secrets == (secrets{}) {
		if err := os.Remove(f.path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	var text bytes.Buffer
	f.print(&text)
	return writeSecretText(f.path, bytes.TrimLeft(text.Bytes(), "\n"))
}

// putSecrets moves the secrets of a welcome to the file, unless they can be printed on a terminal.
func (n *node) putSecrets(ctx context.Context, w *welcome, terminal bool, log *slog.Logger) (*secretsFile, error) {
	f := openSecrets(n.cfg.Data)
	if f.firstKey != "" && (w.firstKey != "" || n.isUsed(ctx, f.firstKey)) {
		f.firstKey = ""
	}
	if terminal {
		if err := f.write(); err != nil {
			log.Warn("an old link to sign in is still there", "file", f.path, "error", err)
		}
		return &f, nil
	}
	first := w.firstKey != ""
	if first {
		f.firstKey = w.firstKey
	}
	f.link = w.link
	if err := f.write(); err != nil {
		if first {
			return nil, fmt.Errorf("write the first API key to %s: %w", f.path, err)
		}
		log.Warn("there is no link to sign in", "error", err)
		f.link, w.link = "", ""
		return &f, nil
	}
	log.Info(w.what()+": in a file that its owner alone may read", "file", f.path)
	w.file, w.fileHolds = f.path, w.what()
	return &f, nil
}

// secretsPoll is the time between two looks at whether the secrets were used.
const secretsPoll = 2 * time.Second

// watchSecrets takes from the file what was used, until stop is called, which takes the link: it ends with the server.
func (n *node) watchSecrets(ctx context.Context, f *secretsFile, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	update := func(now secrets) {
		if now == f.secrets {
			return
		}
		f.secrets = now
		if err := f.write(); err != nil {
			log.Warn("remove a secret that was used from a file", "file", f.path, "error", err)
		}
	}
	go func() {
		defer close(ended)
		tick := time.NewTicker(secretsPoll)
		defer tick.Stop()
		for f.secrets != (secrets{}) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			now := f.secrets
			if !n.setup.Redeemable() {
				now.link = ""
			}
			if now.firstKey != "" && n.isUsed(ctx, now.firstKey) {
				now.firstKey = ""
			}
			update(now)
		}
	}()
	return func() {
		cancel()
		<-ended
		update(secrets{firstKey: f.firstKey})
	}
}

// isUsed reports whether an API key was used, or is not valid any more. It is false if that cannot be found out.
func (n *node) isUsed(ctx context.Context, t access.Token) bool {
	keys, err := n.control.APIKeys(ctx)
	if err != nil {
		return false
	}
	for _, k := range keys {
		if k.Prefix == t.Prefix() && k.Last4 == t.Last4() && k.LastUsedAt.IsZero() {
			return false
		}
	}
	return true
}
