// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"archive/tar"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A server is reached in one of two ways. Where podman has the same files as this process, the container has no network,
// and its server a Unix socket in a directory that only this process's user may enter. Elsewhere the server has a port of
// loopback, and the container a network that no other container is in: podman on another machine, or in a virtual one;
// tempskv in a container; a podman whose user may not enter the data directory.

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
	t.engine.shared, err = t.sees(ctx, i.ImageID, dir)
	if err == nil && !t.engine.shared {
		t.engine.cfg.Log.Warn("podman does not see the data directory: the server has a port of loopback instead of a Unix "+
			"socket", "directory", dir)
	}
	return t.engine.shared, err
}

// local reports whether podman can be on this machine. What a Unix socket leads to on other systems is a virtual one.
func (t *task) local() bool {
	return runtime.GOOS == "linux" && strings.HasPrefix(t.engine.cfg.Socket, "unix://")
}

// sees reports whether podman has a directory, by a random text in it: another one may have the same path. No
// container runs for this.
func (t *task) sees(ctx context.Context, imageID, dir string) (ok bool, err error) {
	t.step("see whether podman has the data directory")
	path, text, err := writeProbe(dir)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	helper := t.helperSpec(imageID, "true")
	helper.Mounts = []bind{socketMount(dir)}
	err = t.withHelper(ctx, helper, func() error {
		content, err := t.readFile(ctx, helper.Name, socketDest+"/"+filepath.Base(path))
		ok = content == text
		return err
	})
	if absent(err, dir) {
		return false, nil
	}
	return ok, err
}

// writeProbe writes a random text to a new file. The name is random too: a server may write to the directory, and must not
// choose what this process writes to.
func writeProbe(dir string) (path, text string, err error) {
	text = rand.Text()
	f, err := os.CreateTemp(dir, "probe-")
	if err != nil {
		return "", "", err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close()) // podman may be another user; the directory above keeps others out
	if err != nil {
		return "", "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), text, nil
}

// absent reports whether an answer of podman says that it has no such path, or may not enter it.
func absent(err error, path string) bool {
	if ok, other := found(err); !ok && other == nil {
		return true
	}
	return answered(err) && strings.Contains(err.Error(), path)
}

// readFile returns what is in a small file of a container. Of one that podman may not read, that is nothing.
func (c *client) readFile(ctx context.Context, container, path string) (string, error) {
	archive, err := c.stream(ctx, request{
		method: http.MethodGet, endpoint: "/containers/%s/archive", path: []string{container},
		query: url.Values{"path": {path}},
	})
	if err != nil {
		return "", err
	}
	defer archive.Close()
	files := tar.NewReader(archive)
	if _, err := files.Next(); errors.Is(err, io.EOF) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(files, 1<<10))
	return string(text), err
}
