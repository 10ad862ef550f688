// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"bytes"
	"compress/gzip"
	"strings"
)

// below returns the document for a server below a base path: what it loads is there too. Its scripts find the base path from
// their own address. The standard library packs no brotli, so it has no such form.
func (f *file) below(basePath string) *file {
	var plain, packed bytes.Buffer
	unpack(&plain, f.gzip)
	moved := strings.NewReplacer(`="/`, `="`+basePath+`/`, " /docs", " "+basePath+"/docs").Replace(plain.String())
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(moved)) // a buffer does not fail
	_ = w.Close()
	return &file{mediaType: f.mediaType, etag: etag(packed.Bytes()), cache: f.cache, gzip: packed.Bytes()}
}
