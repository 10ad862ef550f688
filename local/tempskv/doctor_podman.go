// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/runtime/config"
)

// podmanTime bounds the look at podman: its first answer takes seconds where the machine is busy.
const podmanTime = 20 * time.Second

// checkPodman asks podman's service. Where another engine could be the first, its absence is no problem.
func checkPodman(ctx context.Context, socket string, engine engine.Name) finding {
	const name = "podman"
	ctx, cancel := context.WithTimeout(ctx, podmanTime)
	defer cancel()
	host, err := podman.QueryHost(ctx, socket)
	switch {
	case err != nil && engine == "":
		f := bad(name, err, "")
		f.OK, f.Text = true, f.Text+". Without it the first enable takes the engine embedded"
		return f
	case err != nil:
		return bad(name, err, "")
	case host.TooOld():
		return bad(name, fmt.Errorf("%s answers, but version %s is too old", socket, host.Version),
			"install podman "+podman.OldestVersion+" or newer")
	}
	f := good(name, "%s answers, version %s", socket, host.Version)
	f.Do = strings.Join(rootlessHints(host, socket), "; ")
	return f
}

// checkPodmanRuns asks podman's service, and has it run a container if it answers.
func checkPodmanRuns(ctx context.Context, cfg config.Config, engine engine.Name, dockerImage string) []finding {
	socket := podmanSocket(cfg)
	f := checkPodman(ctx, socket, engine)
	if !f.OK || !podman.Answers(ctx, socket) {
		return []finding{f}
	}
	return []finding{f, tryPodman(ctx, cfg, dockerImage)}
}

// tryTime bounds the look whether podman can run a container, which takes it about a second where it is not busy.
const tryTime = 30 * time.Second

// tryPodman has podman run a container for a moment, of an image that is there.
func tryPodman(ctx context.Context, cfg config.Config, dockerImage string) finding {
	const name = "containers"
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	tried, err := podman.Try(ctx, podmanSocket(cfg), cfg.Data, dockerImage)
	switch {
	case err != nil:
		return bad(name, err, "run podman run --rm with one of your images, as the user of its service")
	case !tried:
		return good(name, "the image %s is not there yet: it was not checked whether podman can pull it and start a container",
			cmp.Or(dockerImage, podman.DefaultImage))
	}
	return good(name, "podman starts them; it was not checked whether it can pull images")
}

// lingerDir holds a file for each user whose services run without a login. See loginctl.
const lingerDir = "/var/lib/systemd/linger"

// rootlessHints says what to know about a podman that does not run as root.
func rootlessHints(host podman.Host, socket string) (hints []string) {
	if !host.Rootless {
		return nil
	}
	if host.CgroupsV1 {
		hints = append(hints, "without root and on cgroups v1, podman cannot limit memory: max_memory is only enforced by the server itself")
	}
	if name := socketUser(socket); name != "" && !lingers(name) {
		hints = append(hints, "to have its containers start with the machine and outlive a logout: loginctl enable-linger "+name)
	}
	return hints
}

// socketUser returns the name of the user whose service it is, empty if it is not on this machine.
func socketUser(socket string) string {
	path, _ := strings.CutPrefix(socket, "unix://")
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// lingers reports whether the services of a user run without a login, as far as there is a systemd that would end them.
func lingers(name string) bool {
	if _, err := os.Stat(filepath.Dir(lingerDir)); err != nil {
		return true
	}
	_, err := os.Stat(filepath.Join(lingerDir, name))
	return err == nil
}
