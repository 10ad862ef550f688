// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type readRequest struct {
	DataBody
	Key    kv.Key `json:"key" minLength:"1" maxLength:"32768" example:"user:123" doc:"1 byte to 32 KiB of UTF-8, any character."`
	Offset int64  `json:"offset,omitempty" minimum:"0" maximum:"1000000000" default:"0" doc:"Where to begin, in bytes: 0, or the next_offset of the part before."`
	Limit  int64  `json:"limit,omitempty" minimum:"4" maximum:"1048576" default:"65536" example:"65536" doc:"How many bytes at most."`
}

type readResponse struct {
	Exists     bool   `json:"exists" example:"true" doc:"Whether there is such a key."`
	Size       int64  `json:"size" minimum:"0" example:"12" doc:"How long the whole JSON text is, in bytes."`
	Text       string `json:"text" example:"{\"a\":[1,2,3]" doc:"A part of the JSON text of the value, as it is stored."`
	NextOffset *int64 `json:"next_offset" doc:"Where the next part begins; null at the end."`
	Digest     string `json:"digest" example:"0a1b2c3d4e5f60718293a4b5c6d7e8f9" doc:"The same as long as the value is; empty if there is no such key."`
}

func registerRead(a *API) {
	data(a, operation{
		name: "read", need: access.KvRead, summary: "Read a part of a value",
		description: "Returns a part of the JSON text of a value, for values that are too large to be shown whole. " +
			"Parts end between characters; those of one value have the same digest.",
		errors:   []error{kv.ErrWrongType},
		request:  `{"key":"user:123","offset":0,"limit":65536}`,
		response: `{"exists":true,"size":11,"text":"{\"a\":[1,2]}","next_offset":null,"digest":"0a1b2c3d4e5f60718293a4b5c6d7e8f9"}`,
	}, a.read)
}

func (a *API) read(ctx context.Context, sc *scope, in *readRequest) (readResponse, error) {
	v, err := sc.store.Get(ctx, sc.project, in.Key)
	if err != nil || v == nil {
		return readResponse{}, err
	}
	begin := boundary(v, min(int(in.Offset), len(v)))
	end := boundary(v, min(begin+int(in.Limit), len(v)))
	digest := sha256.Sum256(v)
	out := readResponse{
		Exists: true, Size: int64(len(v)), Text: string(v[begin:end]), Digest: hex.EncodeToString(digest[:16]),
	}
	if end < len(v) {
		out.NextOffset = new(int64(end))
	}
	return out, nil
}

// boundary returns where the character begins that text[i] is part of.
func boundary(text []byte, i int) int {
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}
