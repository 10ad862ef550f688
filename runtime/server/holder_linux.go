// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// holder names the process that listens on the port of an address, such as "process 4711 (nginx)"; empty if it cannot be
// found, as that of another user. See proc_net_tcp in the documentation of Linux.
func holder(addr string) string {
	_, text, _ := net.SplitHostPort(addr)
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return ""
	}
	var sockets []string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		listed, _ := os.ReadFile(table)
		sockets = append(sockets, listeners(listed, port)...)
	}
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil && slices.Contains(sockets, to) {
			process := filepath.Dir(filepath.Dir(file))
			name, _ := os.ReadFile(filepath.Join(process, "comm"))
			return fmt.Sprintf("process %s (%s)", filepath.Base(process), bytes.TrimSpace(name))
		}
	}
	return ""
}

// listeners returns the sockets of a table of /proc/net that listen on a port, as links of /proc/PID/fd name them.
func listeners(table []byte, port uint64) (sockets []string) {
	const localAddress, state, inode, listening = 1, 3, 9, "0A"
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) > inode && fields[state] == listening && strings.HasSuffix(fields[localAddress], fmt.Sprintf(":%04X", port)) {
			sockets = append(sockets, "socket:["+fields[inode]+"]")
		}
	}
	return sockets
}
