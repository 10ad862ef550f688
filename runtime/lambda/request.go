// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"

	"github.com/tempskv/tempskv/handlers/kv"
)

// request returns the request behind the event, as net/http would have read it, with a path of the API. With an error it
// returns as much of it as is needed to refuse it. Errors: ErrMalformed.
func (e *event) request(ctx context.Context, path string) (*http.Request, error) {
	r, err := e.convert(e.escaped(path))
	if err != nil {
		r = &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: e.header()}
		return r.WithContext(ctx), kv.Refuse(kv.ErrMalformed, "the body is not in base64, as the event says that it is")
	}
	r.Method = e.method() // the proxy makes upper case of it
	r.Header = e.header()
	if host := r.Header["Host"]; len(host) > 0 {
		r.Host = host[0]
		r.Header.Del("Host")
	}
	r.RemoteAddr = e.sourceIP()
	if r.RemoteAddr != "" {
		r.RemoteAddr = net.JoinHostPort(r.RemoteAddr, "0")
	}
	if e.isV2() {
		r.URL.RawQuery = e.RawQueryString
	}
	r.RequestURI = r.URL.RequestURI()
	return r.WithContext(ctx), nil
}

// convert has the proxy make the request. It gets what it converts well: a path that is escaped, a host and a method
// that are ones; the headers of format 2.0, which it would cut at commas, and the query, which would have to be
// escaped again, it does not get.
func (e *event) convert(path string) (*http.Request, error) {
	const host = "lambda"
	if e.isV2() {
		in := events.APIGatewayV2HTTPRequest{RawPath: path, Body: e.Body, IsBase64Encoded: e.IsBase64Encoded}
		in.RequestContext.DomainName, in.RequestContext.HTTP.Method = host, http.MethodPost
		return new(core.RequestAccessorV2).EventToRequest(in)
	}
	in := events.APIGatewayProxyRequest{
		HTTPMethod: http.MethodPost, Path: path, Body: e.Body, IsBase64Encoded: e.IsBase64Encoded,
		QueryStringParameters: e.Query, MultiValueQueryStringParameters: e.MultiValueQuery,
	}
	in.RequestContext.DomainName = host
	return new(core.RequestAccessor).EventToRequest(in)
}

// escaped returns the path as the client wrote it, or could have written it.
func (e *event) escaped(path string) string {
	if u, err := url.ParseRequestURI(path); err == nil && !e.decodesPath() && u.EscapedPath() == path {
		return path
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// header returns the headers of the request.
func (e *event) header() http.Header {
	h := make(http.Header, len(e.Headers)+len(e.MultiValueHeaders))
	if !e.isV2() && len(e.MultiValueHeaders) > 0 {
		for name, values := range e.MultiValueHeaders {
			for _, value := range values {
				h.Add(name, value)
			}
		}
		return h
	}
	for name, value := range e.Headers {
		h.Add(name, value)
	}
	if len(e.Cookies) > 0 { // which stand among the headers too, or do not
		h.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return h
}
