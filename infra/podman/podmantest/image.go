// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"maps"
	"os/exec"
	"slices"
)

// RegistryPort is the one port on 127.0.0.1 from which the service pulls without TLS.
const RegistryPort = 15055

// The images of Debian's servers, as DebianImage takes them.
const (
	Redis60  = "localhost/tempskv-test/redis:6.0"
	Redis70  = "localhost/tempskv-test/redis:7.0"
	Redis80  = "localhost/tempskv-test/redis:8.0"
	Valkey81 = "localhost/tempskv-test/valkey:8.1"
	Valkey91 = "localhost/tempskv-test/valkey:9.1"
)

var debian = map[string][2]string{
	Redis60: {"bullseye", "redis"}, Redis70: {"bookworm", "redis"}, Redis80: {"trixie", "redis"},
	Valkey81: {"trixie", "valkey"}, Valkey91: {"sid", "valkey"},
}

// Debian returns all of them.
func Debian() []string { return slices.Sorted(maps.Keys(debian)) }

// HostImage returns an image of this machine's redis-server.
func (s *Service) HostImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/redis:host"
	s.ensure(reference, "podman-image-host")
	return reference
}

// BadImage returns an image in which redis-server is another program, which ends at once and says why.
func (s *Service) BadImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/redis:bad"
	s.ensure(reference, "podman-image-host", "redis-cli")
	return reference
}

// DebianImage makes sure that an image of another Debian release's server is there, and returns it. The first time, it
// needs the mirror that apt uses.
func (s *Service) DebianImage(reference string) string {
	s.tb.Helper()
	from := debian[reference]
	s.ensure(reference, "podman-image-debian", from[0], from[1])
	return reference
}

// ensure makes an image that an earlier test has not left.
func (s *Service) ensure(reference, name string, args ...string) {
	s.tb.Helper()
	if exec.Command("podman", "--remote", "--url", s.URI, "image", "exists", reference).Run() == nil {
		return
	}
	cmd := exec.Command(script(name), append([]string{s.Socket, reference}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.tb.Fatalf("podmantest: %s: %v: %s", name, err, out)
	}
}
