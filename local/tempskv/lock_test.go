// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestLockNextToDoctor takes the lock of a data directory while doctor checks who has it.
func TestLockNextToDoctor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 500 {
		var looking sync.WaitGroup
		for range 4 {
			looking.Go(func() { holder(dir) })
		}
		f, err := lockData(dir)
		looking.Wait()
		if err != nil {
			t.Fatalf("start %d: %v", i, err)
		}
		if _, running := holder(dir); !running {
			t.Fatal("the lock is free")
		}
		_ = f.Close()
	}
}

// TestOneServerHasTheLock refuses a second server, and names the first.
func TestOneServerHasTheLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := lockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := lockData(dir); err == nil || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("a second server: %v", err)
	}
}
