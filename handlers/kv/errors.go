// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"errors"
	"fmt"
)

// Every error of the service is, or wraps, one of these; only package handlers knows their HTTP statuses.
var (
	ErrMalformed         = errors.New("malformed JSON")
	ErrProjectIDRequired = errors.New("project_id required")
	ErrUnauthorized      = errors.New("unauthorized")
	ErrPermissionDenied  = errors.New("permission denied")
	ErrNotFound          = errors.New("not found") // no such route
	ErrMethodNotAllowed  = errors.New("method not allowed")
	ErrProjectNotFound   = errors.New("project not found")
	ErrTokenNotFound     = errors.New("token not found")
	ErrSessionNotFound   = errors.New("session not found")
	ErrBackupNotFound    = errors.New("backup not found")
	ErrUnsupportedMedia  = errors.New("unsupported media type")
	ErrInvalid           = errors.New("invalid")
	ErrTooLarge          = errors.New("too large")
	ErrTooManyKeys       = errors.New("too many keys")
	ErrNotInteger        = errors.New("not an integer")
	ErrOverflow          = errors.New("integer overflow")
	ErrWrongType         = errors.New("wrong type")
	ErrManySlots         = errors.New("keys in several hash slots") // of a Redis Cluster, under one Idempotency
	ErrRateLimited       = errors.New("rate limited")

	// ErrDisabled is the error of data operations while the service is disabled.
	ErrDisabled = errors.New("kv storage is disabled")
	// ErrNotEnabled is the error of update and disable then.
	ErrNotEnabled     = errors.New("kv storage is not enabled")
	ErrAlreadyEnabled = errors.New("already enabled")
	ErrBusy           = errors.New("busy")
	ErrConflict       = errors.New("conflict")
	ErrNotSupported   = errors.New("not supported")
	// ErrBackupDamaged means that a backup differs from what was written.
	ErrBackupDamaged = errors.New("backup damaged")

	// ErrUnavailable means that nothing was sent to the store: the call can be repeated.
	ErrUnavailable = errors.New("store unavailable")
	// ErrTimeout means that the time ran out and nothing was changed.
	ErrTimeout = errors.New("timeout")
	// ErrOutcomeUnknown means that a write was sent and got no answer: it may or may not have been applied.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrDamaged means that the stored data differ from what was written: a disk, or another program, changed them.
	ErrDamaged = errors.New("data damaged")
	// ErrStorageFull means that the disk is full.
	ErrStorageFull = errors.New("storage full")
	// ErrOutOfMemory means that max_memory is reached: reads and deletes still work.
	ErrOutOfMemory = errors.New("out of memory")
	// ErrQuotaExceeded means that the project has reached its quota: reads and deletes still work.
	ErrQuotaExceeded = errors.New("quota exceeded")
)

// Refusal is an error with a detail for the caller: what is wrong and what to do. It holds neither a value nor the text of an
// inner error.
type Refusal struct {
	Kind   error // one of the sentinels above
	Detail string
	// Shown lets data callers see a detail about the store that is otherwise for operators.
	Shown bool
}

// Refuse returns a Refusal of that kind.
func Refuse(kind error, format string, args ...any) error {
	return &Refusal{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

func (r *Refusal) Error() string { return r.Kind.Error() + ": " + r.Detail }

// Unwrap returns the kind.
func (r *Refusal) Unwrap() error { return r.Kind }
