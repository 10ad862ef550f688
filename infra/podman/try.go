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

// Try has podman run a container for a moment, as locked as those that serve and with a port of loopback, but without a
// volume, and removes it. The image is the one that the engine of a data directory runs, else reference, or the default
// where that is empty. None is pulled: Try reports whether one of them was there to be tried, and so whether it looked.
// Errors: Refusals of kind ErrUnavailable, ErrTimeout and ErrStorageFull that hold podman's reason.
func Try(ctx context.Context, socket, dir, reference string) (tried bool, err error) {
	c, err := dial(ctx, socket)
	if err != nil {
		return false, err
	}
	j := &job{client: c, engine: NewEngine(Config{Socket: socket, Dir: dir})}
	defer j.end(&err)
	if r, ok, err := findRecord(dir); err != nil {
		return false, err
	} else if ok {
		j.record = r
	}
	i, ok, err := j.imageToTry(ctx, reference)
	if !ok || err != nil {
		return false, err
	}
	s := locked("tempskv-try-"+strings.ToLower(rand.Text()[:12]), i.ID, map[string]string{tryLabel: "true"}, i.program(), "--version")
	s.Ports = []port{{HostIP: loopback, ContainerPort: 6379, Protocol: "tcp"}}
	j.doing = "create a container"
	return true, j.withHelper(ctx, s, func() error {
		text, err := j.output(ctx, s.Name)
		if _, ok := parseBuild(text); err == nil && !ok {
			err = kv.Refuse(kv.ErrUnavailable, "the server of the image %s does not run: %s", i.ID[:12], gist(text))
		}
		return err
	})
}

// imageToTry returns the first that is there of the images that the engine would take.
func (j *job) imageToTry(ctx context.Context, reference string) (i image, ok bool, err error) {
	names := []string{cmp.Or(reference, DefaultImage)}
	if current := j.record.Current; current != nil {
		names = append([]string{current.ImageID}, names...)
	}
	for _, name := range names {
		if i, ok, err = j.image(ctx, name); ok || err != nil {
			return i, ok, err
		}
	}
	return image{}, false, nil
}
