// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// littleSpace is what a data directory should have free at least, in bytes.
const littleSpace = 256 << 20

// checkData looks whether the directory can be written, or can be made.
func checkData(dir string) finding {
	const name = "data directory"
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return checkParent(name, dir)
	}
	if err == nil && !info.IsDir() {
		err = errors.New("it is not a directory")
	}
	if err == nil {
		err = tryWrite(dir)
	}
	if err != nil {
		return bad(name, unusable(dir, err), "")
	}
	free, _, err := diskSpace(dir)
	switch {
	case err != nil:
		return bad(name, fmt.Errorf("%s: %w", dir, err), "")
	case free < littleSpace:
		return bad(name, fmt.Errorf("%s has %d MB of space left", dir, free>>20), "make room: writes fail once it is full")
	case info.Mode().Perm()&0o077 != 0:
		return bad(name, fmt.Errorf("%s can be entered by other users of this machine", dir), "chmod 700 "+dir)
	}
	return good(name, "%s is writable, with %d MB free", dir, free>>20)
}

// checkParent is for a directory that serve would make.
func checkParent(name, dir string) finding {
	parent := filepath.Dir(dir)
	for {
		if _, err := os.Stat(parent); err == nil || parent == filepath.Dir(parent) {
			break
		}
		parent = filepath.Dir(parent)
	}
	if err := tryWrite(parent); err != nil {
		return bad(name, unusable(dir, err), "")
	}
	return good(name, "%s is not there yet; serve makes it", dir)
}

func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor.*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// diskSpace returns the bytes that this user may still write, and those that the disk of the directory has.
func diskSpace(dir string) (free, size uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), uint64(s.Blocks) * uint64(s.Bsize), nil
}

// checkClock looks for a clock that was never set, or that went back: keys would expire at the wrong time.
func checkClock(dir string) finding {
	const name, do = "clock", "set the clock, for example with an NTP service such as chrony or systemd-timesyncd"
	now := time.Now()
	if now.Year() < 2025 || now.Year() > 2125 {
		return bad(name, fmt.Errorf("it is not %s", now.Format(time.DateOnly)), do)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.db*"))
	for _, path := range files {
		if info, err := os.Stat(path); err == nil && info.ModTime().Sub(now) > time.Minute {
			return bad(name, fmt.Errorf("%s was written %s from now: the clock went back", path,
				info.ModTime().Sub(now).Round(time.Second)), do)
		}
	}
	return good(name, "%s", now.UTC().Format(time.RFC3339))
}
