// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
)

// maxEncoded is what an invocation may return, in bytes. See "Lambda quotas".
const maxEncoded = 6 << 20

// encode returns the answer in the form that belongs to the event, and reports false if it cannot be returned. Escaped
// as a JSON text a body may become twice as long; then it goes as base64.
func (e *event) encode(a *answer) ([]byte, bool) {
	if a.tooLong {
		return nil, false
	}
	encoded := e.encodeAs(a, false)
	if len(encoded) > maxEncoded {
		encoded = e.encodeAs(a, true)
	}
	return encoded, len(encoded) <= maxEncoded
}

func (e *event) encodeAs(a *answer, inBase64 bool) []byte {
	var out any
	if e.isV2() {
		out = a.v2(inBase64)
	} else {
		out = a.v1(inBase64)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(out) // strings, lists and maps of them
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

// v1 returns the answer in format 1.0.
func (a *answer) v1(inBase64 bool) events.APIGatewayProxyResponse {
	w := core.NewProxyResponseWriter()
	a.replay(w)
	out, _ := w.GetProxyResponse() // fails without a status alone
	if inBase64 && !out.IsBase64Encoded {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(a.body.Bytes()), true
	}
	return out
}

// v2 returns the answer in format 2.0.
func (a *answer) v2(inBase64 bool) events.APIGatewayV2HTTPResponse {
	w := core.NewProxyResponseWriterV2()
	a.replay(w)
	out, _ := w.GetProxyResponse()
	if inBase64 && !out.IsBase64Encoded {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(a.body.Bytes()), true
	}
	return out
}

// replay gives a writer of the proxy an answer that is complete, so that there is nothing left for it to decide but
// whether the body is text.
func (a *answer) replay(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.sent)
	w.WriteHeader(a.status)
	if a.body.Len() > 0 {
		_, _ = w.Write(a.body.Bytes())
	}
}
