// SPDX-License-Identifier: Apache-2.0

// Command build writes the pages of the documentation from their Markdown into local/docs/dist, which package docs embeds. With
// -check it reports what is stale. It runs in the top folder of the repository.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tempskv/tempskv/local/docs/site"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if what is there is stale")
	flag.Parse()
	if err := run("local/docs", *check); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	s, err := site.Read(os.DirFS(dir))
	if err != nil {
		return err
	}
	reference, err := referenceFiles(filepath.Join(dir, "swagger-ui"))
	if err != nil {
		return err
	}
	files, err := s.Files(reference)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if check {
		return compare(dist, files)
	}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	return write(dist, files)
}

// referenceFiles returns where the files of swagger-ui are served, whose names hold its version.
func referenceFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	packed, _ := filepath.Glob(filepath.Join(dir, "*.gz")) // the pattern is well formed
	for _, name := range packed {
		name = strings.TrimSuffix(filepath.Base(name), ".gz")
		plain, _, _ := strings.Cut(name, "-5.")
		files[plain+filepath.Ext(name)] = "assets/" + name
	}
	if len(files) != 2 {
		return nil, fmt.Errorf("%s holds %d files, want the script and the style of one version: make swagger", dir, len(files))
	}
	return files, nil
}

func write(dist string, files map[string][]byte) error {
	for name, data := range files {
		to := filepath.Join(dist, name+".gz")
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level exists
		_, err := w.Write(data)
		if err := errors.Join(err, w.Close(), os.WriteFile(to, packed.Bytes(), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// compare compares contents: compressed bytes may differ from one version of Go to another.
func compare(dist string, files map[string][]byte) error {
	stale := map[string]bool{}
	for name := range files {
		stale[name] = true
	}
	err := filepath.WalkDir(dist, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dist, strings.TrimSuffix(path, ".gz"))
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		data, err := unpack(path)
		if want, ok := files[name]; err == nil && ok && bytes.Equal(data, want) {
			delete(stale, name)
		} else {
			stale[name] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(stale) > 0 {
		names := make([]string, 0, len(stale))
		for name := range stale {
			names = append(names, name)
		}
		return fmt.Errorf("%s is stale (make pages): %s", dist, strings.Join(names, " "))
	}
	return nil
}

func unpack(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(packed)
}
