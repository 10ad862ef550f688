// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source describes the sources, from git.
type source struct{ version, commit, seconds string }

// sources asks git. It fails if there are changes that are not committed, since others could not build the same.
func sources(ctx context.Context) (s source, err error) {
	if changed, err := output(ctx, "git", "status", "--porcelain", "--untracked-files=no"); err != nil || changed != "" {
		return s, errors.Join(errors.New("there are uncommitted changes: commit them, since a release is built from a commit"), err)
	}
	if s.commit, err = output(ctx, "git", "rev-parse", "HEAD"); err != nil {
		return s, err
	}
	if s.seconds, err = output(ctx, "git", "log", "-1", "--format=%ct"); err != nil {
		return s, err
	}
	tag, err := output(ctx, "git", "describe", "--tags", "--match", "v*", "--always")
	version, tagged := strings.CutPrefix(tag, "v")
	if !tagged { // there is none yet
		version = "0.0.0-" + s.commit[:12]
	}
	s.version = version
	return s, err
}

// output returns what a command prints, without the trailing newline. Its messages are written to standard error.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return strings.TrimRight(string(out), "\n"), err
}

// build returns the program for a platform. It does not depend on this machine: not on paths, times, the state of a
// repository or the environment of the Go command.
func (r release) build(ctx context.Context, goos, goarch string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "tempskv-release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tempskv")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-pgo=local/tempskv/release.pgo",
		"-ldflags", fmt.Sprintf("-s -w -buildid= -X main.linkedVersion=%s -X main.linkedCommit=%s", r.version, r.commit),
		"-o", path, "./local/tempskv")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=",
		"GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off", "GOWORK=off")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return os.ReadFile(path)
}

// shared returns the files that are in every archive in addition to the program.
func (r release) shared(ctx context.Context) ([]file, error) {
	files, err := read("", "LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md")
	if err != nil {
		return nil, err
	}
	for shell, name := range map[string]string{"bash": "tempskv", "zsh": "_tempskv", "fish": "tempskv.fish"} {
		text, err := output(ctx, "go", "run", "./local/tempskv", "completion", shell)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: "completions/" + shell + "/" + name, mode: 0o644, content: []byte(text + "\n")})
	}
	return files, nil
}
