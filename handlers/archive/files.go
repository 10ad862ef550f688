// SPDX-License-Identifier: Apache-2.0

package archive

import (
	"context"
	"io"
	"time"
)

// Files is where backups are kept: a directory or a bucket. Names consist of letters, digits, '-' and '.', and
// begin with a letter or digit. Errors: kv.ErrUnavailable, kv.ErrTimeout, kv.ErrStorageFull, or a Refusal that says what to
// check.
type Files interface {
	// Create starts a new file. Errors: kv.ErrConflict if there is a file of that name.
	Create(ctx context.Context, name string) (File, error)
	// Open reads a file from its beginning. Errors: kv.ErrBackupNotFound.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List returns the complete files, in any order.
	List(ctx context.Context) ([]FileInfo, error)
	// Sweep removes the remains of writers that have stopped, such as a killed process. It does not touch files that
	// are being written.
	Sweep(ctx context.Context) error
	// Remove removes a file, if there is one of that name.
	Remove(ctx context.Context, name string) error
	// String describes the place, without secrets.
	String() string
}

// File is a file that is being written. Commit or Discard ends it; Discard after Commit does nothing.
type File interface {
	io.Writer
	// Commit completes the file and makes it durable.
	Commit() error
	// Discard removes the file.
	Discard() error
}

// FileInfo describes a complete file.
type FileInfo struct {
	Name     string
	Size     int64 // bytes
	Modified time.Time
}
