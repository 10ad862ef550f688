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
	"reflect"
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
var shapes = map[string]reflect.Type{
	"/api/kv/get":      reflect.TypeFor[GetResponse](),
	"/api/kv/set":      reflect.TypeFor[SetResponse](),
	"/api/kv/del":      reflect.TypeFor[DelResponse](),
	"/api/kv/incr":     reflect.TypeFor[IncrResponse](),
	"/api/kv/expire":   reflect.TypeFor[ChangeResponse](),
	"/api/kv/persist":  reflect.TypeFor[ChangeResponse](),
	"/api/kv/ttl":      reflect.TypeFor[TTLResponse](),
	"/api/kv/exists":   reflect.TypeFor[ExistsResponse](),
	"/api/kv/mget":     reflect.TypeFor[MGetResponse](),
	"/api/kv/mset":     reflect.TypeFor[MSetResponse](),
	"/api/kv/keys":     reflect.TypeFor[KeysResponse](),
	"/api/kv/scan":     reflect.TypeFor[ScanResponse](),
	"/api/kv/read":     reflect.TypeFor[ReadResponse](),
	"/api/kv/describe": reflect.TypeFor[DescribeResponse](),
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
	_, known := shapeOf(path)
	if res.StatusCode == http.StatusNoContent && !known {
		return nil
	}
	body, err := readAnswer(res)
	if err != nil {
		return err
	}
	expected := res.StatusCode == http.StatusOK || !known && res.StatusCode == http.StatusCreated
	if misfit(path, body) != nil || !expected {
		body = withoutToken(req, body)
		res.Body = io.NopCloser(bytes.NewReader(body))
		return &UnexpectedError{reason(path, media, body), res}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.Header.Set("Content-Type", jsonType) // the generated functions read nothing else, and return nil
	return nil
}

// shapeOf returns the type of the answer to a call, if shapes has it.
func shapeOf(path string) (t reflect.Type, known bool) {
	if at := strings.Index(path, "/api/kv/"); at >= 0 {
		t, known = shapes[path[at:]]
	}
	return t, known
}

// reason says what is wrong with an answer.
func reason(path, media string, body []byte) string {
	if !json.Valid(body) {
		return fmt.Sprintf("it should be JSON, is %s and begins with %q", orNothing(media), beginning(body))
	}
	if err := misfit(path, body); err != nil {
		return err.Error()
	}
	return "no call is answered with this status"
}

// misfit returns an error if the body of an answer is not what the document says.
func misfit(path string, body []byte) error {
	if shape, known := shapeOf(path); known {
		return check(body, shape, "the answer")
	}
	if !json.Valid(body) {
		return errors.New("no JSON")
	}
	return nil
}

// usualAnswer is as much memory as is taken for an answer before it is there, in bytes: a server's largest, unless it says otherwise.
const usualAnswer = 16 << 20

// readAnswer reads and closes the body of a response, with as little copying as its length allows.
func readAnswer(res *http.Response) ([]byte, error) {
	var b bytes.Buffer
	if res.ContentLength > 0 {
		b.Grow(int(min(res.ContentLength, usualAnswer)) + bytes.MinRead)
	}
	_, err := b.ReadFrom(&boundedBody{res.Body, maxAnswer})
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.ContentLength = int64(b.Len())
	return b.Bytes(), nil
}

func orNothing(media string) string {
	if media == "" {
		return "of no type"
	}
	return media
}
