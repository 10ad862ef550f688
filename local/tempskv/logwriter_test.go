// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// stuck is a reader of a log that reads nothing until it is released.
type stuck struct {
	release chan struct{}
	got     bytes.Buffer
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.release
	return s.got.Write(b)
}

func TestStuckLogReaderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		to := &stuck{release: make(chan struct{})}
		var dropped int64
		w := newLogWriter(to, func(n int64) { dropped += n })
		for i := range 10 * maxLogLines {
			fmt.Fprintf(w, "line %d\n", i)
		}
		close(to.release)
		synctest.Wait()
		fmt.Fprint(w, "last\n")
		w.close()
		got := to.got.String()
		if !strings.HasPrefix(got, "line 0\n") || !strings.HasSuffix(got, "last\n") {
			t.Errorf("it wrote %q … %q", got[:20], got[len(got)-20:])
		}
		if lines := strings.Count(got, "line "); lines > maxLogLines+1 || int64(lines)+dropped != 10*maxLogLines {
			t.Errorf("%d lines came, and %d are reported as dropped", lines, dropped)
		}
	})
}

func TestLogEndsWithItsReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		never := &stuck{release: make(chan struct{})}
		w := newLogWriter(never, nil)
		fmt.Fprint(w, "line\n")
		w.close() // it does not wait forever
		close(never.release)
		synctest.Wait()
		dead := newLogWriter(dead{}, nil)
		if _, err := fmt.Fprint(dead, "line\n"); err != nil {
			t.Error(err)
		}
		dead.close()
	})
}

// dead is a reader that is gone.
type dead struct{}

func (dead) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
