// SPDX-License-Identifier: Apache-2.0

// Command release makes the files of a release: for each platform an archive and a bill of materials, and the checksums
// of all. The same commit and the same version of Go give the same bytes, wherever the sources are: see make release.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// platforms are the platforms of a release.
const platforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64"

// release describes the release to make.
type release struct {
	version, commit string
	time            time.Time // of everything in it
	out             string    // directory
	platforms       []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	r, err := parse(ctx, args)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	shared, err := r.shared(ctx)
	if err != nil {
		return err
	}
	var made []string
	for _, platform := range r.platforms {
		files, err := r.make(ctx, platform, shared)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		made = append(made, files...)
	}
	return writeSums(filepath.Join(r.out, "SHA256SUMS"), made)
}

// parse reads the flags. Values that they do not set come from the repository, which must not have uncommitted changes then.
func parse(ctx context.Context, args []string) (release, error) {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	out := flags.String("out", "dist", "`directory` to write into")
	version := flags.String("version", "", "version (default from git's tags)")
	commit := flags.String("commit", "", "commit (default git's)")
	seconds := flags.String("time", "", "seconds since 1970 (default the commit's time)")
	list := flags.String("platforms", platforms, "as GOOS/GOARCH, with commas between them")
	if err := flags.Parse(args); err != nil {
		return release{}, err
	}
	r := release{version: *version, commit: *commit, out: *out, platforms: strings.Split(*list, ",")}
	if *version == "" || *commit == "" || *seconds == "" {
		s, err := sources(ctx)
		if err != nil {
			return release{}, err
		}
		set(version, s.version)
		set(commit, s.commit)
		set(seconds, s.seconds)
		r.version, r.commit = *version, *commit
	}
	n, err := strconv.ParseInt(*seconds, 10, 64)
	r.time = time.Unix(n, 0).UTC()
	return r, err
}

func set(text *string, fallback string) {
	if *text == "" {
		*text = fallback
	}
}

// make writes the archive and the bill of materials of one platform, and returns their paths.
func (r release) make(ctx context.Context, platform string, shared []file) ([]string, error) {
	goos, goarch, ok := strings.Cut(platform, "/")
	if !ok {
		return nil, fmt.Errorf("a platform is written as linux/amd64")
	}
	program, err := r.build(ctx, goos, goarch)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("tempskv_%s_%s_%s", r.version, goos, goarch)
	files := append([]file{{name: "tempskv", mode: 0o755, content: program}}, shared...)
	if goos == "linux" {
		units, err := read("systemd", "local/packaging/tempskv.service", "local/packaging/tempskv-user.service")
		if err != nil {
			return nil, err
		}
		files = append(files, units...)
	}
	archive := filepath.Join(r.out, name+".tar.gz")
	if err := r.writeArchive(archive, name, files); err != nil {
		return nil, err
	}
	bill := filepath.Join(r.out, name+".cdx.json")
	return []string{archive, bill}, r.writeBill(bill, name, program)
}
