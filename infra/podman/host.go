// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"net/http"
)

// OldestVersion is that of the oldest podman that the engine works with.
const OldestVersion = "4.3.1"

// Host is what podman's service says of itself and of its machine.
type Host struct {
	Version  string // of podman
	Rootless bool
	// CgroupsV1 is set if the machine has control groups v1, under which rootless containers have no limits.
	CgroupsV1 bool
}

// TooOld reports whether the engine does not work with this podman.
func (h Host) TooOld() bool { return compareVersions(h.Version, OldestVersion) < 0 }

// QueryHost asks podman's service, by the URI of its socket, what it is. Errors: Refusals of kind ErrUnavailable and
// ErrTimeout, which say what to do.
func QueryHost(ctx context.Context, socket string) (Host, error) {
	c, err := dial(ctx, socket)
	if err != nil {
		return Host{}, err
	}
	defer c.close()
	var info struct {
		Host struct {
			CgroupVersion string
			Security      struct{ Rootless bool }
		}
		Version struct{ Version string }
	}
	if err := c.do(ctx, request{method: http.MethodGet, endpoint: "/info"}, &info); err != nil {
		return Host{}, err
	}
	return Host{
		Version: info.Version.Version, Rootless: info.Host.Security.Rootless, CgroupsV1: info.Host.CgroupVersion == "v1",
	}, nil
}
