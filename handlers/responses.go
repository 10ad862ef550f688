// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// jsonValue is a kv.Value on the wire: any JSON text, nil as null.
type jsonValue kv.Value

// Schema says that a value is anything.
func (jsonValue) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

func (v jsonValue) appendJSON(b []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return append(b, v...)
}

// changeResponse is the response of the operations that change a key or find none.
type changeResponse struct {
	Result  int  `json:"result" minimum:"0" maximum:"1" example:"1" doc:"1 if the key was changed, else 0."`
	Success bool `json:"success" example:"true" doc:"The same as result, as a boolean."`
}

func changed(ok bool) changeResponse {
	if ok {
		return changeResponse{1, true}
	}
	return changeResponse{}
}

func (r changeResponse) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"result":`...), int64(r.Result), 10)
	return append(strconv.AppendBool(append(b, `,"success":`...), r.Success), '}')
}

// appendKeys appends a list of keys.
func appendKeys(b []byte, keys []kv.Key) []byte {
	b = append(b, '[')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendQuote(b, string(k))
	}
	return append(b, ']')
}

// appendCount appends an object with one number.
func appendCount(b []byte, name string, n int64) []byte {
	b = append(append(append(b, `{"`...), name...), `":`...)
	return append(strconv.AppendInt(b, n, 10), '}')
}
