// SPDX-License-Identifier: Apache-2.0

package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"github.com/minio/minio-go/v7"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// partSize is how many bytes are in memory, and in one request.
	partSize = 16 << 20
	// maxParts is how many parts S3 makes one object of.
	maxParts = 10_000
)

// upload is a backup that is being written. Each part is sent by the Write after the one that filled it. What fits into
// one part is sent in one request, at Commit.
type upload struct {
	files  *Files
	ctx    context.Context // of Create: a writer has no other
	name   string
	part   []byte // that is being filled
	size   int64  // bytes of the parts that were sent
	id     string // of the upload, empty before the first part
	sent   []minio.CompletePart
	failed error // the error of a write: the backup can then never be complete
	ended  bool
}

// Write appends to the file.
func (u *upload) Write(p []byte) (n int, err error) {
	if u.ended {
		return 0, fs.ErrClosed
	}
	for u.failed == nil && n < len(p) {
		if len(u.part) == partSize {
			u.failed = u.send()
			continue
		}
		room := min(partSize-len(u.part), len(p)-n)
		u.part = append(u.part, p[n:n+room]...)
		n += room
	}
	return n, u.failed
}

// send sends the part that was filled.
func (u *upload) send() error {
	ctx, cancel := context.WithTimeout(u.ctx, partTime)
	defer cancel()
	b := u.files
	if u.id == "" {
		id, err := b.core.NewMultipartUpload(ctx, b.bucket, b.key(u.name), minio.PutObjectOptions{})
		if err != nil {
			return b.explain(ctx, err)
		}
		u.id = id
	}
	if len(u.sent) == maxParts {
		return kv.Refuse(kv.ErrTooLarge, "a backup in %s has at most %d GiB: name a directory instead", b, maxParts*partSize>>30)
	}
	md5Base64, sha256Hex := sums(u.part)
	part, err := b.core.PutObjectPart(ctx, b.bucket, b.key(u.name), u.id, len(u.sent)+1, bytes.NewReader(u.part),
		int64(len(u.part)), minio.PutObjectPartOptions{Md5Base64: md5Base64, Sha256Hex: sha256Hex, DisableContentSha256: true})
	if err != nil {
		return b.explain(ctx, err)
	}
	u.sent = append(u.sent, minio.CompletePart{PartNumber: part.PartNumber, ETag: part.ETag})
	u.size += int64(len(u.part))
	u.part = u.part[:0]
	return nil
}

// sums are what the receiver checks a part by. A bucket with object lock demands the MD5.
func sums(part []byte) (md5Base64, sha256Hex string) {
	m, s := md5.Sum(part), sha256.Sum256(part)
	return base64.StdEncoding.EncodeToString(m[:]), hex.EncodeToString(s[:])
}

// Commit creates the file. If it fails, there is no file. Errors: ErrConflict if there is such a file by now.
func (u *upload) Commit() error {
	if u.ended {
		return fs.ErrClosed
	}
	if u.failed == nil {
		u.failed = u.complete()
	}
	if u.failed != nil {
		return errors.Join(u.failed, u.Discard())
	}
	u.ended, u.part = true, nil
	return nil
}

func (u *upload) complete() error {
	b := u.files
	if u.id != "" {
		if err := u.send(); err != nil {
			return err
		}
	}
	if err := b.free(u.ctx, u.name); err != nil {
		return err
	}
	size, err := u.finish()
	if err == nil {
		return nil
	}
	// The answer may have been lost on its way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), callTime)
	defer cancel()
	if found, ok, _ := b.find(ctx, u.name); ok && found == size {
		return nil
	}
	return err
}

// finish makes an object of the parts, or of the only one, and returns its size in bytes.
func (u *upload) finish() (size int64, err error) {
	ctx, cancel := context.WithTimeout(u.ctx, partTime)
	defer cancel()
	b := u.files
	if u.id != "" {
		_, err = b.core.CompleteMultipartUpload(ctx, b.bucket, b.key(u.name), u.id, u.sent, minio.PutObjectOptions{})
		return u.size, b.explain(ctx, err)
	}
	md5Base64, sha256Hex := sums(u.part)
	size = int64(len(u.part))
	_, err = b.core.PutObject(ctx, b.bucket, b.key(u.name), bytes.NewReader(u.part), size, md5Base64, sha256Hex,
		minio.PutObjectOptions{DisableContentSha256: true})
	return size, b.explain(ctx, err)
}

// Discard removes what was sent. After Commit it does nothing.
func (u *upload) Discard() error {
	if u.ended {
		return nil
	}
	u.ended, u.part = true, nil
	if u.id == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), callTime)
	defer cancel()
	b := u.files
	err := b.core.AbortMultipartUpload(ctx, b.bucket, b.key(u.name), u.id)
	if code(err) == minio.NoSuchUpload {
		return nil
	}
	return b.explain(ctx, err)
}

// download is a backup that is being read.
type download struct {
	files *Files
	ctx   context.Context // of Open: a reader has no other
	body  io.ReadCloser
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	if err != nil && err != io.EOF {
		err = d.files.explain(d.ctx, err)
	}
	return n, err
}

func (d *download) Close() error { return d.body.Close() }
