// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// debian tells which release has the server of an image.
var debian = map[string]struct{ release, server string }{
	Redis60: {"bullseye", "redis"}, Redis70: {"bookworm", "redis"}, Redis80: {"trixie", "redis"},
	Valkey81: {"trixie", "valkey"}, Valkey91: {"sid", "valkey"},
}

// DebianImages returns the names of them all, by age.
func DebianImages() []string { return []string{Redis60, Redis70, Redis80, Valkey81, Valkey91} }

// HostImage returns an image of this machine's redis-server.
func (s *Service) HostImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/redis:host"
	s.ensure(reference, "redis", func(archive string) []string {
		return []string{"podman-image-host", archive, "redis-server"}
	})
	return reference
}

// BadImage returns an image in which redis-server is another program, which ends at once and says why.
func (s *Service) BadImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/redis:bad"
	s.ensure(reference, "redis", func(archive string) []string {
		return []string{"podman-image-host", archive, "redis-cli"}
	})
	return reference
}

// DebianImage makes sure that an image of another Debian release's server is there, and returns it. The first time, it
// needs the mirror that apt uses.
func (s *Service) DebianImage(reference string) string {
	s.tb.Helper()
	from := debian[reference]
	s.ensure(reference, from.server, func(archive string) []string {
		return []string{"podman-image-debian", archive, s.packages(from.release), from.release, from.server}
	})
	return reference
}

// ensure makes an image of a server that an earlier test has not left: from its archive, which a script writes once for
// all podmans.
func (s *Service) ensure(reference, server string, script func(archive string) []string) {
	s.tb.Helper()
	if exec.Command("podman", "--remote", "--url", s.URI, "image", "exists", reference).Run() == nil {
		return
	}
	archive := filepath.Join(s.base, strings.ReplaceAll(filepath.Base(reference), ":", "-")+".tar")
	if _, err := os.Stat(archive); err != nil {
		s.run(script(archive + ".new")...)
		if err := os.Rename(archive+".new", archive); err != nil {
			s.tb.Fatalf("podmantest: %v", err)
		}
	}
	s.Podman("import", "-q", "--change", `CMD ["`+server+`-server"]`, "--change", "WORKDIR /data", "--change", "VOLUME /data",
		"--change", "ENV PATH=/usr/sbin:/usr/bin", archive, reference)
}

// packages returns the folder where the packages of a release are kept.
func (s *Service) packages(release string) string { return filepath.Join(s.base, "debian-"+release) }

// run runs one of the scripts that .ci holds. It may need a mirror of Debian.
func (s *Service) run(command ...string) {
	s.tb.Helper()
	cmd := Outside(s.tb.Context(), script(command[0]), command[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.tb.Fatalf("podmantest: %s: %v: %s", command[0], err, out)
	}
}
