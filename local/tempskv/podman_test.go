// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// TestPodmanScripts runs scripts with a podman, whose socket is in SOCKET, with an image of Redis in IMAGE.
func TestPodmanScripts(t *testing.T) {
	t.Parallel()
	podman := podmantest.Start(t)
	image := podman.HostImage()
	p := scripts(filepath.Join("testdata", "podman"))
	setUp := p.Setup
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("SOCKET", podman.Socket)
		env.Setenv("IMAGE", image)
		return setUp(env)
	}
	p.Cmds["podman"] = func(ts *testscript.TestScript, _ bool, args []string) {
		var record struct{ Owner string }
		ts.Check(json.Unmarshal([]byte(ts.ReadFile("data/podman.json")), &record))
		id := podman.Podman("ps", "-q", "--filter", "label=io.tempskv.owner="+record.Owner) // others have theirs
		podman.Podman(append(args, id)...)
		// The server is lost from the moment that podman says so.
		for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
			ts.Check(ts.Exec("tempskv", "status"))
			if strings.Contains(ts.ReadFile("stdout"), "it was brought back") {
				return
			}
			<-time.After(20 * time.Millisecond)
		}
		ts.Fatalf("the container was not brought back")
	}
	testscript.Run(t, p)
}
