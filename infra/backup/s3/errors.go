// SPDX-License-Identifier: Apache-2.0

package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/egress"
)

// code returns the code that S3 answered, empty if err is no such answer.
func code(err error) string { return minio.ToErrorResponse(err).Code }

// explain turns an error into a Refusal that says what to check, and keeps it for the log; nil stays nil. Of an answer it
// keeps only the code: the server may repeat what was sent.
func (b *Files) explain(ctx context.Context, err error) error {
	var refusal *kv.Refusal
	var forbidden *egress.Error
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case err == nil, errors.As(err, &refusal):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("backup: %w: %w", kv.ErrTimeout, ctx.Err())
	case minio.ToErrorResponse(err).StatusCode != 0:
		return b.explainAnswer(minio.ToErrorResponse(err))
	case errors.As(err, &forbidden):
		return refuse(err, kv.ErrInvalid, "%s leads to %v", b.endpoint, forbidden)
	case errors.As(err, &certificate):
		return refuse(err, kv.ErrUnavailable, "the TLS certificate of %s was refused: %v", b.endpoint, certificate.Err)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return refuse(err, kv.ErrUnavailable, "%s speaks no TLS: check endpoint", b.endpoint)
	case errors.As(err, &network) && network.Timeout():
		return refuse(err, kv.ErrTimeout, "%s did not answer in time: check endpoint and firewall", b.endpoint)
	case errors.As(err, &network), strings.Contains(err.Error(), "Connection closed by foreign host"):
		return refuse(err, kv.ErrUnavailable, "%s cannot be reached: check endpoint, name server and firewall", b.endpoint)
	}
	return refuse(err, kv.ErrUnavailable, "%s cannot be read or written: check that S3 answers at %s", b, b.endpoint)
}

// explainAnswer returns the error that an answer of S3 amounts to.
func (b *Files) explainAnswer(answer minio.ErrorResponse) error {
	err := fmt.Errorf("S3 answered %.40q, status %d", answer.Code, answer.StatusCode)
	switch answer.Code {
	case minio.NoSuchKey:
		return kv.ErrBackupNotFound
	case minio.NoSuchBucket:
		return refuse(err, kv.ErrUnavailable, "there is no bucket %s at %s: make it, or check the address", b.bucket, b.endpoint)
	case minio.AccessDenied, minio.AllAccessDisabled, "AccountProblem":
		return refuse(err, kv.ErrUnavailable, "the bucket %s denies access: permit s3:ListBucket, s3:GetObject, s3:PutObject, "+
			"s3:DeleteObject and s3:AbortMultipartUpload to the key in %s", b.bucket, keyID)
	case minio.InvalidAccessKeyID, minio.SignatureDoesNotMatch, "InvalidToken", "ExpiredToken", "ExpiredTokenException":
		return refuse(err, kv.ErrUnavailable, "%s does not accept the credentials: check %s, %s and, if they are temporary, %s",
			b.endpoint, keyID, keySecret, keyToken)
	case minio.RequestTimeTooSkewed:
		return refuse(err, kv.ErrUnavailable, "the clocks of this machine and of %s differ by too much: set them", b.endpoint)
	case minio.AuthorizationHeaderMalformed, minio.InvalidRegion, "PermanentRedirect", "TemporaryRedirect",
		"IllegalLocationConstraintException":
		return refuse(err, kv.ErrUnavailable, "the bucket %s is in another region%s: check region and endpoint", b.bucket, region(answer))
	case "XMinioAdminBucketQuotaExceeded", "QuotaExceeded":
		answer.StatusCode = http.StatusInsufficientStorage
	}
	switch answer.StatusCode {
	case http.StatusInsufficientStorage: // XMinioStorageFull too
		return refuse(err, kv.ErrStorageFull, "there is no room in the bucket %s: make room, or raise its quota", b.bucket)
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect:
		return refuse(err, kv.ErrUnavailable, "the bucket %s is elsewhere%s: check region and endpoint", b.bucket, region(answer))
	}
	return refuse(err, kv.ErrUnavailable, "%s answered with status %d: check that it is S3, and try again", b.endpoint, answer.StatusCode)
}

// region returns a hint that names the region, if the answer has one.
func region(answer minio.ErrorResponse) string {
	if answer.Region == "" || !isRegion(answer.Region) {
		return ""
	}
	return ", " + answer.Region
}

// refuse returns an error whose detail is for the caller, and which wraps err for the log.
func refuse(err, kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %w", kv.Refuse(kind, format, args...), err)
}
