// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// dataDir is the path of the volume in the container, all of which is copied.
const dataDir = "/data"

// copyData copies what is in the volume of one container into that of another. Neither runs, and neither ever has to:
// podman mounts their volumes for this. To export a volume itself needs podman 5.6.
func (c *client) copyData(ctx context.Context, from, to string) error {
	archive, err := c.stream(ctx, request{
		method: http.MethodGet, endpoint: "/containers/%s/archive", path: []string{from},
		query: url.Values{"path": {dataDir + "/."}},
	})
	if err != nil {
		return err
	}
	defer archive.Close()
	return c.putArchive(ctx, to, archive)
}

// putArchive unpacks a tar archive into the volume of a container.
func (c *client) putArchive(ctx context.Context, container string, archive io.Reader) error {
	answer, err := c.stream(ctx, request{
		method: http.MethodPut, endpoint: "/containers/%s/archive", path: []string{container},
		query: url.Values{"path": {dataDir}, "pause": {"false"}}, body: archive,
	})
	if err != nil {
		return fmt.Errorf("copy the data: %w", err)
	}
	return answer.Close()
}
