// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// controlIDPath is the file in the data directory that remembers which shared control data the server uses.
func controlIDPath(dir string) string { return filepath.Join(dir, "control.id") }

// readControlID returns what is remembered, empty if nothing is.
func readControlID(dir string) (string, error) {
	text, err := os.ReadFile(controlIDPath(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("which control data are used here: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// writeControlID remembers the id, whole or not at all.
func writeControlID(dir, id string) error {
	path := controlIDPath(dir)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(id + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
