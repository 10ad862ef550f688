// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"archive/tar"
	"bytes"
	"context"
)

// noKeys is a snapshot without keys: the magic, the oldest format that has checksums, the end, and a checksum of 0, which
// is not checked. Every version reads it. See the RDB format in the Redis documentation.
const noKeys = "REDIS0006\xff\x00\x00\x00\x00\x00\x00\x00\x00"

// emptySnapshot takes the keys out of the snapshot that may have brought them into a server without persistence, from the
// container or the installation before it, or its next start would bring back what was long deleted.
func (t *task) emptySnapshot(ctx context.Context, i installation) error {
	t.step("empty the snapshot")
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	header := &tar.Header{Name: "dump.rdb", Mode: 0o600, Size: int64(len(noKeys)), Uid: serverUID, Gid: serverUID}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	if _, err := w.Write([]byte(noKeys)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return t.putArchive(ctx, i.name(t.record.Owner), &archive)
}
