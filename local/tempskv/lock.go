// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockTries is how often the lock is tried, 10 ms apart: holder has it for a moment to find out whether a server does.
const lockTries = 20

// lockData creates the data directory if it does not exist, and takes it for this process. The lock ends with the file that
// is returned, and with the process. It fails if another server has it.
func lockData(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable(dir, err)
	}
	if err := takeLock(f); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, inUse(dir, f)
		}
		return nil, unusable(dir, err)
	}
	if err := f.Truncate(0); err == nil {
		// The process id is only informative: a full disk must not prevent reading the data.
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return f, nil
}

// takeLock takes the lock of a file. Errors: EWOULDBLOCK if another keeps it.
func takeLock(f *os.File) (err error) {
	for range lockTries {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// holder returns the id of the process that has the directory, as text, and whether there is one.
func holder(dir string) (pid string, running bool) {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return "", false
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return "", false
	}
	return readPID(f), true
}

func readPID(lock io.Reader) string {
	text, _ := io.ReadAll(lock) // the id is only informative
	return strings.TrimSpace(string(text))
}

// inUse names the process that wrote its id into the lock.
func inUse(dir string, lock io.Reader) error {
	return &failure{
		code:   exitConflict,
		detail: fmt.Sprintf("the data directory %s is in use by another server, process %s", dir, readPID(lock)),
		hint:   "stop that server, or use another directory with --data",
	}
}

func unusable(dir string, err error) error {
	return &failure{
		code:   exitError,
		detail: fmt.Sprintf("the data directory %s cannot be used: %v", dir, err),
		hint:   "use another with --data or TEMPSKV_DATA, or let this user write there",
	}
}
