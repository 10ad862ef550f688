// SPDX-License-Identifier: Apache-2.0

package s3

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/egress"
)

// Scheme begins the text of every location.
const Scheme = "s3://"

const amazon = "https://s3.amazonaws.com"

// location is where a bucket is.
type location struct {
	bucket, prefix string // the prefix is empty or ends in a slash
	endpoint       *url.URL
	region         string // empty: the endpoint is asked
	lookup         minio.BucketLookupType
}

// parse reads s3://BUCKET/PREFIX?endpoint=https://host:port&region=eu-central-1&path_style=true. No error repeats what was
// written, which may hold a secret.
func parse(text string) (location, error) {
	u, err := url.Parse(text)
	if err != nil || !strings.HasPrefix(text, Scheme) || u.Opaque != "" || u.Fragment != "" {
		return location{}, kv.Refuse(kv.ErrInvalid, "an address of backups is s3://BUCKET/PREFIX and, after a '?', endpoint, region "+
			"and path_style")
	}
	if u.User != nil {
		return location{}, kv.Refuse(kv.ErrInvalid, "an address of backups holds no keys: set %s and %s", keyID, keySecret)
	}
	l := location{bucket: u.Host, prefix: strings.Trim(u.Path, "/")}
	if s3utils.CheckValidBucketNameStrict(l.bucket) != nil {
		return location{}, kv.Refuse(kv.ErrInvalid, "the bucket in s3://BUCKET/PREFIX is 3 to 63 lower-case letters, digits, '-' and '.'")
	}
	if l.prefix != "" {
		l.prefix += "/"
	}
	if s3utils.CheckValidObjectNamePrefix(l.prefix) != nil || strings.Contains("/"+l.prefix, "/../") ||
		strings.Contains("/"+l.prefix, "/./") || strings.Contains(l.prefix, "//") || len(l.prefix) > maxPrefix {
		return location{}, kv.Refuse(kv.ErrInvalid, "the prefix in s3://BUCKET/PREFIX is names between slashes, up to %d bytes", maxPrefix)
	}
	return l, l.options(u.RawQuery)
}

// maxPrefix leaves room for a name: a key has up to 1024 bytes.
const maxPrefix = 700

// options reads what comes after the '?'.
func (l *location) options(query string) error {
	options, err := url.ParseQuery(query)
	if err != nil {
		return kv.Refuse(kv.ErrInvalid, "what comes after the '?' in an s3:// address cannot be read: write it as in endpoint=https://host:port&region=NAME")
	}
	endpoint := amazon
	for option, values := range options {
		value := values[len(values)-1]
		switch option {
		case "endpoint":
			endpoint = value
		case "region":
			l.region = value
		case "path_style":
			path, err := strconv.ParseBool(value)
			if err != nil {
				return kv.Refuse(kv.ErrInvalid, "path_style in an s3:// address is true or false")
			}
			l.lookup = minio.BucketLookupDNS
			if path {
				l.lookup = minio.BucketLookupPath
			}
		default:
			return kv.Refuse(kv.ErrInvalid, "an s3:// address has the options endpoint, region and path_style, and no other")
		}
	}
	if !isRegion(l.region) {
		return kv.Refuse(kv.ErrInvalid, "region in an s3:// address is a name such as eu-central-1")
	}
	return l.reach(endpoint)
}

// isRegion reports whether the text may name a region.
func isRegion(s string) bool {
	return len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// reach reads the endpoint.
func (l *location) reach(endpoint string) (err error) {
	l.endpoint, err = url.Parse(endpoint)
	if err != nil || l.endpoint.Scheme != "https" && l.endpoint.Scheme != "http" || l.endpoint.Hostname() == "" ||
		l.endpoint.User != nil || strings.Trim(l.endpoint.Path, "/") != "" || l.endpoint.RawQuery != "" || l.endpoint.Fragment != "" {
		return kv.Refuse(kv.ErrInvalid, "endpoint in an s3:// address is https://host or https://host:port, or the same with http")
	}
	if err := egress.CheckHost(l.endpoint.Hostname()); err != nil {
		return kv.Refuse(kv.ErrInvalid, "endpoint in an s3:// address: %v", err)
	}
	l.endpoint.Path = ""
	return nil
}

// String is the location as it may be written, without the options that say how it is spoken to.
func (l location) String() string {
	text := strings.TrimSuffix(Scheme+l.bucket+"/"+l.prefix, "/")
	if endpoint := l.endpoint.String(); endpoint != amazon {
		text += "?endpoint=" + endpoint
	}
	return text
}
