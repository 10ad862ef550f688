// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"bytes"
	"strings"
)

// event is what is used of an event, whichever of three forms it has:
//
//	REST API, or HTTP API with payload format 1.0:  httpMethod
//	HTTP API with payload format 2.0:               requestContext.http
//	function URL:                                   requestContext.http, at a host below lambda-url
type event struct {
	Version         string            `json:"version"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  struct {
		Stage      string `json:"stage"`
		DomainName string `json:"domainName"`
		Path       string `json:"path"`
		// CustomDomain has the base path of the mapping that matched, as API Gateway's variables for logs do, where it sends it.
		CustomDomain struct {
			BasePathMatched string `json:"basePathMatched"`
		} `json:"customDomain"`
		HTTP struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		Identity struct {
			SourceIP string `json:"sourceIp"`
		} `json:"identity"`
	} `json:"requestContext"`

	PathParameters map[string]string `json:"pathParameters"`

	// Of format 1.0.
	Resource          string              `json:"resource"`
	HTTPMethod        string              `json:"httpMethod"`
	Path              string              `json:"path"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`

	// Of format 2.0.
	RouteKey       string   `json:"routeKey"`
	RawPath        string   `json:"rawPath"`
	RawQueryString string   `json:"rawQueryString"`
	Cookies        []string `json:"cookies"`

	// Of a schedule.
	Source string `json:"source"`
}

// isRequest reports whether the event is an HTTP request.
func (e *event) isRequest() bool { return e.method() != "" }

// isScheduled reports whether the event is one that EventBridge sends, by a rule or its scheduler. By hand it is {}.
func (e *event) isScheduled(payload []byte) bool {
	return e.Source == "aws.events" || e.Source == "aws.scheduler" || string(bytes.TrimSpace(payload)) == "{}"
}

// isV2 reports whether the event has payload format 2.0.
func (e *event) isV2() bool { return e.RequestContext.HTTP.Method != "" }

func (e *event) method() string {
	if e.isV2() {
		return e.RequestContext.HTTP.Method
	}
	return e.HTTPMethod
}

// sourceIP is the address of the client as the gateway saw it. The first hop of X-Forwarded-For is whatever the client
// wrote there.
func (e *event) sourceIP() string {
	if e.isV2() {
		return e.RequestContext.HTTP.SourceIP
	}
	return e.RequestContext.Identity.SourceIP
}

// decodesPath reports whether the sender of the event has decoded the path: HTTP APIs do, in both formats (REST APIs send no
// version), and the others pass it on as it was sent.
func (e *event) decodesPath() bool {
	return e.isV2() && !strings.Contains(e.RequestContext.DomainName, ".lambda-url.") || e.Version == "1.0"
}
