// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// RegistryPort is the one port on 127.0.0.1 from which the service pulls without TLS.
const RegistryPort = 15055

// The images of Debian's servers, for DebianImage.
const (
	Redis60  = "localhost/tempskv-test/redis:6.0"
	Redis70  = "localhost/tempskv-test/redis:7.0"
	Redis80  = "localhost/tempskv-test/redis:8.0"
	Valkey81 = "localhost/tempskv-test/valkey:8.1"
	Valkey91 = "localhost/tempskv-test/valkey:9.1"
)

// debian maps an image to the release that has its server.
var debian = map[string]struct{ release, server string }{
	Redis60: {"bullseye", "redis"}, Redis70: {"bookworm", "redis"}, Redis80: {"trixie", "redis"},
	Valkey81: {"trixie", "valkey"}, Valkey91: {"sid", "valkey"},
}

// DebianImages returns the names of all of them, oldest first.
func DebianImages() []string { return []string{Redis60, Redis70, Redis80, Valkey81, Valkey91} }

// HostImage returns an image of this machine's redis-server.
func (s *Service) HostImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/redis:host"
	s.ensure(reference, "redis-server", func(archive string) []string {
		return []string{"podman-image-host", archive, "redis-server=redis-server"}
	})
	return reference
}

// BadImage returns an image in which redis-server is another program, which ends at once and says why.
func (s *Service) BadImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/redis:bad"
	s.ensure(reference, "redis-server", func(archive string) []string {
		return []string{"podman-image-host", archive, "redis-server=redis-cli"}
	})
	return reference
}

// BuildImage returns an image in which programs in Go are built from what a test mounts: Go in /usr/local/go, modules in
// /go/pkg/mod, and what is built already in /go/cache. It reaches no network.
func (s *Service) BuildImage() string {
	s.tb.Helper()
	const reference = "localhost/tempskv-test/build:host"
	s.ensure(reference, "sh", func(archive string) []string {
		return []string{"podman-image-host", archive, "sh=sh", "mkdir=mkdir", "/etc/ssl/certs/ca-certificates.crt"}
	}, "ENV PATH=/usr/local/go/bin:/usr/bin", "ENV GOPATH=/go", "ENV GOCACHE=/go/cache", "ENV GOPROXY=off")
	return reference
}

// DebianImage makes sure that an image of another Debian release's server is there, and returns it. The first time, it
// needs the mirror that apt uses.
func (s *Service) DebianImage(reference string) string {
	s.tb.Helper()
	from := debian[reference]
	s.ensure(reference, from.server+"-server", func(archive string) []string {
		return []string{"podman-image-debian", archive, s.packages(from.release), from.release, from.server}
	})
	return reference
}

// ensure makes an image that an earlier test has not left, of a command and an empty volume for its data: from its
// archive, which a script writes once for all podmans.
func (s *Service) ensure(reference, command string, script func(archive string) []string, changes ...string) {
	s.tb.Helper()
	changes = append([]string{
		`CMD ["` + command + `"]`, "WORKDIR /data", "VOLUME /data", "ENV PATH=/usr/sbin:/usr/bin",
	}, changes...)
	recipe := s.recipe(script(""), changes)
	if s.madeBy(recipe, reference) {
		return
	}
	archive := filepath.Join(s.base, strings.ReplaceAll(filepath.Base(reference), ":", "-")+"-"+recipe+".tar")
	if _, err := os.Stat(archive); err != nil {
		s.run(script(archive + ".new")...)
		if err := os.Rename(archive+".new", archive); err != nil {
			s.tb.Fatalf("podmantest: %v", err)
		}
	}
	args := []string{"import", "-q", "--change", "LABEL " + recipeLabel + "=" + recipe}
	for _, change := range changes {
		args = append(args, "--change", change)
	}
	s.Podman(append(args, archive, reference)...)
}

// recipeLabel is the label that says how an image was made.
const recipeLabel = "tempskv-test-recipe"

// recipe returns a hash of how an image is made: one that an earlier tempskv has left and made otherwise is made again.
func (s *Service) recipe(command, changes []string) string {
	s.tb.Helper()
	text, err := os.ReadFile(script(command[0]))
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	sum := sha256.Sum256(fmt.Appendf(text, "%q %q", command, changes))
	return hex.EncodeToString(sum[:6])
}

// madeBy reports whether there is such an image, made by that recipe.
func (s *Service) madeBy(recipe, reference string) bool {
	label := `{{index .Config.Labels "` + recipeLabel + `"}}`
	out, err := exec.Command("podman", "--remote", "--url", s.URI, "image", "inspect", "--format", label, reference).Output()
	return err == nil && strings.TrimSpace(string(out)) == recipe
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
