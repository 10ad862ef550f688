// SPDX-License-Identifier: Apache-2.0

package goclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// UnexpectedError is a response that claims success, and is not what the document says: of a proxy, a page that asks somebody to
// sign in to a network, or another server. Of a write it is not known whether it was applied.
type UnexpectedError struct {
	// Reason says what was expected, and what came.
	Reason string
	// Response is the response. Its body can be read again.
	Response *http.Response
}

// Error returns the reason.
func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("unexpected answer of the server (%s): %s", e.Response.Status, e.Reason)
}

// shapes are the bodies of data operations, by the last part of the path. The answers of other calls are only checked to be JSON.
var shapes = map[string]func() any{
	"/api/kv/get":     func() any { return new(GetResponse) },
	"/api/kv/set":     func() any { return new(SetResponse) },
	"/api/kv/del":     func() any { return new(DelResponse) },
	"/api/kv/incr":    func() any { return new(IncrResponse) },
	"/api/kv/expire":  func() any { return new(ChangeResponse) },
	"/api/kv/persist": func() any { return new(ChangeResponse) },
	"/api/kv/ttl":     func() any { return new(TTLResponse) },
	"/api/kv/exists":  func() any { return new(ExistsResponse) },
	"/api/kv/mget":    func() any { return new(MGetResponse) },
	"/api/kv/mset":    func() any { return new(MSetResponse) },
	"/api/kv/keys":    func() any { return new(KeysResponse) },
	"/api/kv/scan":    func() any { return new(ScanResponse) },
	"/api/kv/read":    func() any { return new(ReadResponse) },
}

// streams are the calls that answer something else than one JSON text, by the end of the path.
var streams = []string{"/api/kv/export", "/api/kv/events", "/download"}

// checkShape returns an UnexpectedError if a response that claims success is not what the document says.
func checkShape(req *http.Request, res *http.Response) error {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	path := req.URL.Path
	for _, stream := range streams {
		if strings.HasSuffix(path, stream) && media != "text/html" {
			return nil
		}
	}
	if res.StatusCode == http.StatusNoContent {
		return nil
	}
	body, err := io.ReadAll(&boundedBody{res.Body, maxAnswer})
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if !json.Valid(body) {
		return &UnexpectedError{fmt.Sprintf("it should be JSON, is %s and begins with %q", orNothing(media), beginning(body)), res}
	}
	res.Header.Set("Content-Type", jsonType) // or the generated functions would not read it
	at := strings.Index(path, "/api/kv/")
	if at < 0 {
		return nil
	}
	if shape, ok := shapes[path[at:]]; ok {
		if err := Decode(body, shape()); err != nil {
			return &UnexpectedError{err.Error(), res}
		}
	}
	return nil
}

func orNothing(media string) string {
	if media == "" {
		return "of no type"
	}
	return media
}
