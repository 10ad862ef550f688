// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// systemSocket is where the service of the whole machine listens.
const systemSocket = "/run/podman/podman.sock"

// Socket returns the URI of podman's service: the setting, else CONTAINER_HOST, else the user's own socket if it is
// there, else the machine's. A path stands for a Unix socket.
func Socket(setting string, lookupEnv func(string) (string, bool)) string {
	host, _ := lookupEnv("CONTAINER_HOST")
	runtimeDir, _ := lookupEnv("XDG_RUNTIME_DIR")
	switch {
	case setting != "":
		return uri(setting)
	case host != "":
		return uri(host)
	case runtimeDir != "":
		own := filepath.Join(runtimeDir, "podman", "podman.sock")
		if _, err := os.Stat(own); err == nil || os.Geteuid() != 0 {
			return uri(own)
		}
	}
	return uri(systemSocket)
}

func uri(text string) string {
	if strings.Contains(text, "://") {
		return text
	}
	return "unix://" + text
}

// answerTime bounds the question whether podman is there at all.
const answerTime = time.Second

// Answers reports whether a process listens on a Unix socket. For other URIs it is true: they are named on purpose.
func Answers(ctx context.Context, uri string) bool {
	path, ok := strings.CutPrefix(uri, "unix://")
	if !ok {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	return err == nil && conn.Close() == nil
}
