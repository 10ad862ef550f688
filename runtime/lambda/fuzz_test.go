// SPDX-License-Identifier: Apache-2.0

package lambda_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/tempskv/tempskv/runtime/lambda"
)

// FuzzInvoke sends anything at all: a request is answered with a status, and what is none with an error, or null.
func FuzzInvoke(f *testing.F) {
	for _, event := range []string{
		`{"version":"2.0","rawPath":"/prod/100%","rawQueryString":"a=%zz","cookies":["a=1","b"],"headers":{"x-a":"1,2"},` +
			`"requestContext":{"stage":"prod","http":{"method":"POST","sourceIp":"::1"}},"body":"ew==","isBase64Encoded":true}`,
		`{"version":"2.0","rawPath":"/a%2fb","requestContext":{"stage":"$default","domainName":"x.lambda-url.y","http":{"method":"GET"}}}`,
		`{"httpMethod":"GET","path":"//a b?c#d\n","multiValueHeaders":{"Host":["h"],"A":["1","2"]},"multiValueQueryStringParameters":{"":[""]},` +
			`"requestContext":{"stage":"a","path":"//a b?c#d\n","identity":{"sourceIp":"x"}}}`,
		`{"version":"1.0","httpMethod":"\u0000","path":"","headers":{"":"\n"}}`,
		`{"source":"aws.events"}`, `null`, `[`, ``,
	} {
		f.Add([]byte(event))
	}
	h := lambda.New(echo{}, lambda.Config{})
	f.Fuzz(func(t *testing.T, event []byte) {
		answer, err := h.Invoke(t.Context(), event)
		if errors.Is(err, lambda.ErrEvent) || string(answer) == "null" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var out struct{ StatusCode int }
		if err := json.Unmarshal(answer, &out); err != nil || out.StatusCode != http.StatusOK && out.StatusCode != http.StatusTeapot {
			t.Errorf("%q was answered %q", event, answer)
		}
	})
}

// BenchmarkInvoke measures what a request costs without its handler.
func BenchmarkInvoke(b *testing.B) {
	h := lambda.New(serviceFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"value":1}`)) }), lambda.Config{})
	event := []byte(`{"version":"2.0","routeKey":"$default","rawPath":"/api/kv/get","rawQueryString":"","headers":{"authorization":"Bearer x",` +
		`"content-type":"application/json","host":"kv.example.com"},"requestContext":{"stage":"$default","domainName":"x","http":{"method":` +
		`"POST","path":"/api/kv/get","sourceIp":"192.0.2.7"}},"body":"{\"key\":\"n\"}","isBase64Encoded":false}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}
