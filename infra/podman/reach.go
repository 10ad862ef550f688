// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// A server is reached in one of two ways. Where podman has the same files as this process, the container has no network,
// and its server a Unix socket in a directory that only this process's user may enter. Elsewhere the server has a port of
// loopback, and the container a network that no other container is in: podman on another machine, or in a virtual one, also
// if that has this machine's files; tempskv in a container; a podman whose user may not enter the data directory.

// reachableSpec returns the container that serves, with the network that it has to be in. The one that is there, if any,
// keeps its socket.
func (t *task) reachableSpec(ctx context.Context, i installation, one container) (spec, error) {
	bySocket, err := t.chooseReach(ctx, i, one)
	if err == nil && !bySocket {
		err = t.ensureNetwork(ctx)
	}
	if err != nil {
		return spec{}, err
	}
	return t.serverSpec(i, t.program[i.ImageID], bySocket), nil
}

// chooseReach reports whether the server of an installation is reached by a socket.
func (t *task) chooseReach(ctx context.Context, i installation, one container) (bySocket bool, err error) {
	if !t.local() {
		return false, nil
	}
	dir := t.engine.socketDir(i)
	if err := makeSocketDir(dir); err != nil {
		return false, err
	}
	if t.engine.shared || one.socketDir() == dir {
		return true, nil
	}
	if t.engine.apart {
		return false, nil
	}
	t.engine.shared, err = t.connects(ctx, i.ImageID, dir)
	if err == nil && !t.engine.shared {
		t.engine.apart = true
		t.engine.cfg.Log.Warn("podman does not see the data directory, or no socket in it can be reached: the server has a port "+
			"of loopback", "directory", dir)
	}
	return t.engine.shared, err
}

// local reports whether podman can be on this machine. What a Unix socket leads to on other systems is a virtual one.
func (t *task) local() bool {
	return runtime.GOOS == "linux" && strings.HasPrefix(t.engine.cfg.Socket, "unix://")
}

// connects reports whether this process reaches a server in a container by a socket in a directory. That podman has a
// directory of that name says nothing: it may be another one, or sockets in it may be those of a virtual machine.
func (t *task) connects(ctx context.Context, imageID, dir string) (ok bool, err error) {
	t.step("try a Unix socket in the data directory")
	name := "probe-" + rand.Text() + ".sock"
	path := filepath.Join(dir, name)
	defer func() {
		if removeErr := os.Remove(path); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}()
	helper := t.helperSpec(imageID, t.program[imageID],
		"--save", "", "--port", "0", "--unixsocket", socketDest+"/"+name, "--unixsocketperm", "777")
	helper.Mounts = []bind{socketMount(dir)}
	err = t.withHelper(ctx, helper, func() error {
		if err := t.act(ctx, helper.Name, "start", nil); err != nil {
			return err
		}
		if ok, err = t.awaitSocket(ctx, helper.Name, path); err != nil {
			return err
		}
		return t.client.stop(ctx, helper.Name, stuckTime) // by a signal, or it would leave its socket
	})
	if absent(err, dir) {
		return false, nil
	}
	return ok, err
}

// awaitSocket reports whether this process reaches the server of a container by a socket, once it has come up or ended.
func (t *task) awaitSocket(ctx context.Context, container, path string) (ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var asked time.Time
	err = poll(ctx, func() (bool, error) {
		if ok = listens(ctx, path); ok || time.Since(asked) < containerTime {
			return ok, nil
		}
		asked = time.Now()
		one, there, err := t.container(ctx, container)
		if err != nil {
			return false, err
		}
		text, err := t.logs(ctx, container, 5)
		done := !there || one.State.Status != stateRunning || strings.Contains(text, upLine)
		ok = listens(ctx, path)
		return ok || done, err
	})
	return ok, err
}

// upLine is in the log of every server that has come up.
const upLine = "eady to accept connections"

// listens reports whether a process listens on a socket.
func listens(ctx context.Context, path string) bool {
	short, dir := shorten(path)
	if dir != nil {
		defer dir.Close()
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", short)
	return err == nil && conn.Close() == nil
}

// absent reports whether an answer of podman says that it has no such path, or may not enter it.
func absent(err error, path string) bool {
	if ok, other := found(err); !ok && other == nil {
		return true
	}
	return answered(err) && strings.Contains(err.Error(), path)
}
