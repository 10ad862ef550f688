// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/tempskv/tempskv/handlers/kv"
)

// endOrphans ends the processes of this machine that have a volume mounted although podman runs no container on it: a
// server whose container podman has lost. Two servers would each write the files of the other. If podman is on another
// machine, or tempskv in a container, they cannot be seen. Errors: ErrUnavailable if one does not end.
func (t *task) endOrphans(ctx context.Context, volume string) error {
	orphans := mounting(volume)
	if len(orphans) == 0 {
		return nil
	}
	t.engine.cfg.Log.Warn("a server runs that podman has lost: it is ended", "volume", volume, "processes", orphans)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if gone, err := endAll(ctx, volume, signal); gone || err != nil {
			return err
		}
	}
	return kv.Refuse(kv.ErrUnavailable, "a server that podman has lost still writes the volume %s: end the process %d",
		volume, orphans[0])
}

// endAll sends a signal to the processes that have a volume mounted, and reports whether they are gone after a while.
func endAll(ctx context.Context, volume string, signal syscall.Signal) (gone bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, stuckTime)
	defer cancel()
	for _, pid := range mounting(volume) {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return false, withInner(kv.Refuse(kv.ErrUnavailable, "a server that podman has lost still writes the volume %s, "+
				"and cannot be ended from here: end the process %d", volume, pid), err)
		}
	}
	err = poll(waiting, func() (bool, error) { return len(mounting(volume)) == 0, nil })
	if err != nil && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// mounting returns the servers of this machine that have a volume mounted, as far as this process may see them. Podman
// itself enters the mounts of a container while it copies files, and does not count. A process that has ended has no
// mounts any more, whether or not its parent has reaped it.
func mounting(volume string) (pids []int) {
	what := fmt.Appendf(nil, "/%s/_data %s ", volume, dataDir)
	paths, _ := filepath.Glob("/proc/[0-9]*/mountinfo")
	for _, path := range paths {
		process := filepath.Dir(path)
		name, err := os.ReadFile(filepath.Join(process, "comm"))
		if err != nil || !bytes.HasSuffix(bytes.TrimSpace(name), []byte("-server")) { // see image.program
			continue
		}
		if text, err := os.ReadFile(path); err != nil || !bytes.Contains(text, what) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(process)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
