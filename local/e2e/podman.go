// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// ExpectOneContainer fails the test if there is not just one container, one volume and one secret.
func ExpectOneContainer(t *testing.T, p *podmantest.Service) {
	t.Helper()
	for _, list := range []string{p.Podman("ps", "-aq"), p.Podman("volume", "ls", "-q"), p.Podman("secret", "ls", "-q")} {
		if len(strings.Fields(list)) != 1 {
			t.Errorf("want just one, there is: %q", list)
		}
	}
}

// StartPodman starts podman, and sees to it that no container outlives the test.
func StartPodman(t *testing.T) *podmantest.Service {
	t.Helper()
	p := podmantest.Start(t)
	t.Cleanup(func() { p.Podman("rm", "-af", "-t", "0") })
	return p
}

// ServePodman returns a server whose store is in a container of that image, and a token of one project.
func ServePodman(t *testing.T, p *podmantest.Service, image string) (s *Server, token string) {
	t.Helper()
	s = Serve(t, t.TempDir(), "--podman-socket", p.Socket)
	s.Enable(Object{"docker_image": image})
	_, token = s.CreateProject("p")
	return s, token
}
