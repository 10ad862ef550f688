// SPDX-License-Identifier: Apache-2.0

//go:build unix

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// A limit on the size of files has the effect of a full disk. The test runs in a child, since the limit is that of a
// process.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if out, err := child(t, "fill", t.TempDir()).Output(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// fill is that child: it fills the disk, checks that nothing is lost or half done, makes room, and continues.
func fill(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	s, err := embedded.Open(ctx, filepath.Join(dir, "data.db"), embedded.Config{})
	if err != nil {
		return err
	}
	if err := limitFiles(1 << 20); err != nil {
		return err
	}
	if err := tooLargeNextToOthers(ctx, s); err != nil {
		return err
	}
	stored, err := fillUp(ctx, s)
	if !errors.Is(err, kv.ErrStorageFull) {
		return fmt.Errorf("after %d values: %v", stored, err)
	}
	if err := checkFull(ctx, s, stored); err != nil {
		return err
	}
	if err := limitFiles(1 << 30); err != nil {
		return err
	}
	if _, err := s.Set(ctx, 1, keyOf(stored), valueOf(10_000), kv.SetOptions{}); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = embedded.Open(ctx, filepath.Join(dir, "data.db"), embedded.Config{}); err != nil {
		return err
	}
	return errors.Join(checkValues(ctx, s, stored+1), s.Close())
}

// limitFiles is the size that no file may grow past, in bytes.
func limitFiles(size uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = size
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// tooLargeNextToOthers checks that a write that does not fit does not make concurrent ones fail.
func tooLargeNextToOthers(ctx context.Context, s *embedded.Store) error {
	const small = 16
	errs := make(chan error, small+1)
	for i := range small {
		go func() {
			_, err := s.Incr(ctx, 1, kv.Key(fmt.Sprint("small", i)), 1, 0)
			errs <- err
		}()
	}
	go func() {
		_, err := s.Set(ctx, 1, "b", valueOf(3<<20), kv.SetOptions{})
		if errors.Is(err, kv.ErrStorageFull) {
			errs <- nil
			return
		}
		errs <- fmt.Errorf("a value that does not fit: %v", err)
	}()
	var err error
	for range small + 1 {
		err = errors.Join(err, <-errs)
	}
	return err
}

// fillUp stores values until there is an error, and returns how many were stored.
func fillUp(ctx context.Context, s *embedded.Store) (int, error) {
	for n := 0; ; n++ {
		if _, err := s.Set(ctx, 1, keyOf(n), valueOf(10_000), kv.SetOptions{}); err != nil {
			return n, err
		}
	}
}

// checkFull checks that reads still work, and that writes either fail as a whole or are stored.
func checkFull(ctx context.Context, s *embedded.Store, stored int) error {
	if err := checkValues(ctx, s, stored); err != nil {
		return err
	}
	entries := []kv.Entry{{Key: "a", Value: kv.Value("1")}, {Key: "b", Value: valueOf(3 << 20)}}
	if err := s.MSet(ctx, 1, entries); !errors.Is(err, kv.ErrStorageFull) {
		return fmt.Errorf("a value larger than the disk: %v", err)
	}
	if n, err := s.Exists(ctx, 1, []kv.Key{"a", "b"}); n != 0 || err != nil {
		return fmt.Errorf("of what did not fit %d keys are there, %v", n, err)
	}
	return nil
}

// checkValues checks that the first n values are there, and no more.
func checkValues(ctx context.Context, s *embedded.Store, n int) error {
	for i := range n + 1 {
		v, err := s.Get(ctx, 1, keyOf(i))
		if err != nil || (string(v) == string(valueOf(10_000))) != (i < n) {
			return fmt.Errorf("value %d of %d: %d bytes, %v", i, n, len(v), err)
		}
	}
	return nil
}
