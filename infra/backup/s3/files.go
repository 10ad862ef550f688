// SPDX-License-Identifier: Apache-2.0

// Package s3 keeps backups in a bucket of Amazon S3, or of a compatible service. Package backup imports it.
package s3

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/name"
	"github.com/tempskv/tempskv/infra/egress"
)

// The variables that credentials are read from.
const (
	keyID     = "AWS_ACCESS_KEY_ID"
	keySecret = "AWS_SECRET_ACCESS_KEY"
	keyToken  = "AWS_SESSION_TOKEN"
)

const (
	// callTime bounds a request that moves no data, partTime one that does.
	callTime = time.Minute
	partTime = 10 * time.Minute
	// tries is how often a request is made that fails with a temporary error: with the pauses that takes some seconds.
	tries = 5
	// abandoned is the age at which an upload counts as abandoned by its writer.
	abandoned = 24 * time.Hour
)

// Files are the backups under one prefix of a bucket.
type Files struct {
	location
	core      *minio.Core
	transport *http.Transport
}

var _ archive.Files = (*Files)(nil)

// New returns the backups at an s3:// address: see parse. Nothing is sent yet. The credentials are in
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, which getenv, as os.LookupEnv, is asked for. Errors: a
// Refusal of kind ErrInvalid.
func New(address string, getenv func(name string) (string, bool)) (*Files, error) {
	l, err := parse(address)
	if err != nil {
		return nil, err
	}
	id, _ := getenv(keyID)
	secret, _ := getenv(keySecret)
	token, _ := getenv(keyToken)
	if id == "" || secret == "" {
		return nil, kv.Refuse(kv.ErrInvalid, "backups in %s need %s and %s in the environment", l, keyID, keySecret)
	}
	transport := newTransport()
	core, err := minio.NewCore(l.endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(id, secret, token), Secure: l.endpoint.Scheme == "https", Region: l.region,
		BucketLookup: l.lookup, Transport: boundedTransport{transport}, MaxRetries: tries,
	})
	if err != nil {
		return nil, kv.Refuse(kv.ErrInvalid, "endpoint in an s3:// address is not one of S3")
	}
	return &Files{l, core, transport}, nil
}

// newTransport returns a transport that connects to no link-local address, whatever a name resolves to. Redirects are not
// followed: minio-go sees to that.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: egress.Control}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: callTime, IdleConnTimeout: time.Minute,
		MaxIdleConns: 4, DisableCompression: true, MaxResponseHeaderBytes: 1 << 20,
	}
}

// Close closes the connections that are idle.
func (b *Files) Close() error {
	b.transport.CloseIdleConnections()
	return nil
}

// key names the object of a file; nameOf is the reverse, of keys that begin with the prefix.
func (b *Files) key(s string) string      { return b.prefix + s }
func (b *Files) nameOf(key string) string { return strings.TrimPrefix(key, b.prefix) }

// Create begins a file of that name, which is uploaded as it is written, until ctx ends. Uploads that began more than a
// day ago are removed where the credentials permit it. Errors: those of archive.Files; ErrConflict if there is such a
// file.
func (b *Files) Create(ctx context.Context, s string) (archive.File, error) {
	if err := name.Check(s); err != nil {
		return nil, err
	}
	if err := b.free(ctx, s); err != nil {
		return nil, err
	}
	b.sweep(ctx)
	return &upload{files: b, ctx: ctx, name: s}, nil
}

// free returns ErrConflict if there is a file of that name.
func (b *Files) free(ctx context.Context, s string) error {
	_, ok, err := b.find(ctx, s)
	if err == nil && ok {
		err = name.Taken(s, b.String())
	}
	return err
}

// find returns the size of a file in bytes, if there is one of that name. It lists, since the answer to HEAD does not
// tell a missing bucket from a missing file.
func (b *Files) find(ctx context.Context, s string) (size int64, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	// Of the keys that begin with this one it is the first.
	for o := range b.core.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.key(s), Recursive: true, MaxKeys: 1}) {
		if o.Err != nil {
			return 0, false, b.explain(ctx, o.Err)
		}
		return o.Size, o.Key == b.key(s), nil
	}
	return 0, false, b.explain(ctx, ctx.Err())
}

// sweep removes the uploads of writers that have ended. Failures are left to the next sweep: a bucket may have a rule for
// this, and the credentials no permission.
func (b *Files) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	uploads, err := b.core.ListMultipartUploads(ctx, b.bucket, b.prefix, "", "", "/", 0)
	if err != nil {
		return
	}
	for _, u := range uploads.Uploads {
		if name.Valid(b.nameOf(u.Key)) && time.Since(u.Initiated).Abs() >= abandoned {
			_ = b.core.AbortMultipartUpload(ctx, b.bucket, u.Key, u.UploadID)
		}
	}
}

// Sweep removes uploads that began more than a day ago, where the credentials permit it.
func (b *Files) Sweep(ctx context.Context) error {
	b.sweep(ctx)
	return nil
}

// Open opens a file, which can be read until ctx ends. Errors: those of archive.Files.
func (b *Files) Open(ctx context.Context, s string) (io.ReadCloser, error) {
	if err := name.Check(s); err != nil {
		return nil, err
	}
	body, _, _, err := b.core.GetObject(ctx, b.bucket, b.key(s), minio.GetObjectOptions{})
	if err != nil {
		return nil, b.explain(ctx, err)
	}
	return &download{b, ctx, body}, nil
}

// List returns the files that are complete, in any order.
func (b *Files) List(ctx context.Context) ([]archive.FileInfo, error) {
	var files []archive.FileInfo
	for o := range b.core.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.prefix}) {
		if o.Err != nil {
			return nil, b.explain(ctx, o.Err)
		}
		if s := b.nameOf(o.Key); name.Valid(s) {
			files = append(files, archive.FileInfo{Name: s, Size: o.Size, Modified: o.LastModified})
		}
	}
	return files, b.explain(ctx, ctx.Err())
}

// Remove removes a file, if there is one of that name.
func (b *Files) Remove(ctx context.Context, s string) error {
	if err := name.Check(s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	err := b.core.RemoveObject(ctx, b.bucket, b.key(s), minio.RemoveObjectOptions{})
	if code(err) == minio.NoSuchKey {
		return nil
	}
	return b.explain(ctx, err)
}
