// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// file is a file in an archive.
type file struct {
	name    string // with / between directories
	mode    int64
	content []byte
}

// read returns files of the repository, to be put into the directory dir of the archive.
func read(dir string, paths ...string) ([]file, error) {
	var files []file
	for _, p := range paths {
		content, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: path.Join(dir, path.Base(p)), mode: 0o644, content: content})
	}
	return files, nil
}

// writeArchive writes the files below a directory called name, sorted by name, all with the same time and owner.
func (r release) writeArchive(to, name string, files []file) error {
	files = slices.SortedFunc(slices.Values(files), func(a, b file) int { return strings.Compare(a.name, b.name) })
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	packed, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return errors.Join(err, out.Close())
	}
	archive := tar.NewWriter(packed)
	for _, f := range files {
		if err = r.add(archive, path.Join(name, f.name), f); err != nil {
			break
		}
	}
	return errors.Join(err, archive.Close(), packed.Close(), out.Close())
}

func (r release) add(archive *tar.Writer, name string, f file) error {
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: name, Mode: f.mode, Size: int64(len(f.content)), ModTime: r.time,
		Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := archive.Write(f.content)
	return err
}

// writeSums writes the checksums of the files in the format of sha256sum.
func writeSums(to string, paths []string) error {
	var lines strings.Builder
	for _, p := range slices.Sorted(slices.Values(paths)) {
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), filepath.Base(p))
	}
	return os.WriteFile(to, []byte(lines.String()), 0o644)
}
