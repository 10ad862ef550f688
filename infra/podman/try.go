// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// tryLabel is on containers of Try.
const tryLabel = "io.tempskv.try"

// Try has podman run a container for a moment, as locked as those that serve, but without a volume, and removes it. If podman
// may be on another machine, it has a port of loopback; else it has no network. The image is the one that the engine of a data directory runs, else reference, or the default
// if that is empty. None is pulled: Try reports whether one of them was there and was tried.
// Errors: Refusals of kind ErrUnavailable, ErrTimeout and ErrStorageFull that hold podman's reason.
func Try(ctx context.Context, socket, dir, reference string) (tried bool, err error) {
	c, err := dial(ctx, socket)
	if err != nil {
		return false, err
	}
	t := &task{client: c, engine: NewEngine(Config{Socket: socket, Dir: dir})}
	defer t.end(&err)
	if r, ok, err := findRecord(dir); err != nil {
		return false, err
	} else if ok {
		t.record = r
	}
	i, ok, err := t.imageToTry(ctx, reference)
	if !ok || err != nil {
		return false, err
	}
	s := locked("tempskv-try-"+strings.ToLower(rand.Text()[:12]), i.ID, map[string]string{tryLabel: "true"}, i.program(), "--version")
	if t.local() {
		s.Network = &namespace{"none"}
	} else {
		s.Ports = []port{{HostIP: loopback, ContainerPort: 6379, Protocol: "tcp"}}
	}
	t.doing = "create a container"
	return true, t.withHelper(ctx, s, func() error {
		text, err := t.output(ctx, s.Name)
		if _, ok := parseBuild(text); err == nil && !ok {
			err = kv.Refuse(kv.ErrUnavailable, "the server of the image %s does not run: %s", i.ID[:12], gist(text))
		}
		return err
	})
}

// imageToTry returns the first image on this machine of those that the engine would use.
func (t *task) imageToTry(ctx context.Context, reference string) (i image, ok bool, err error) {
	names := []string{cmp.Or(reference, DefaultImage)}
	if current := t.record.Current; current != nil {
		names = append([]string{current.ImageID}, names...)
	}
	for _, name := range names {
		if i, ok, err = t.image(ctx, name); ok || err != nil {
			return i, ok, err
		}
	}
	return image{}, false, nil
}
