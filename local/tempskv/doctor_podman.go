// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
)

// checkPodman asks podman's service. Where another engine could be the first, its absence is no problem.
func checkPodman(ctx context.Context, socket string, engine kv.EngineName) finding {
	const name = "podman"
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	host, err := podman.Look(ctx, socket)
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

// lingerDir holds a file for each user whose services run without a login. See loginctl.
const lingerDir = "/var/lib/systemd/linger"

// rootlessHints says what to know about a podman that does not run as root.
func rootlessHints(host podman.Host, socket string) (hints []string) {
	if !host.Rootless {
		return nil
	}
	if host.CgroupsV1 {
		hints = append(hints, "without root and on cgroups v1, podman cannot limit memory: max_memory holds inside the server alone")
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

// lingers tells whether the services of a user run without a login, as far as there is a systemd that would end them.
func lingers(name string) bool {
	if _, err := os.Stat(filepath.Dir(lingerDir)); err != nil {
		return true
	}
	_, err := os.Stat(filepath.Join(lingerDir, name))
	return err == nil
}
