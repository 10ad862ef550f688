// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Tags group the operations in the document.
const (
	dataTag       = "Data"
	managementTag = "Management"
	backupsTag    = "Backups"
	projectsTag   = "Projects"
	accessTag     = "Access"
	bearerScheme  = "bearer"
	sessionScheme = "sessionCookie"
)

// Errors that operations have in common.
var (
	commonErrors = []error{kv.ErrUnauthorized, kv.ErrPermissionDenied, kv.ErrRateLimited, kv.ErrUnavailable,
		kv.ErrStorageFull, kv.ErrTimeout, kv.ErrDamaged, errInternal}
	dataErrors = []error{kv.ErrProjectIDRequired, kv.ErrProjectNotFound, kv.ErrDisabled, kv.ErrOutcomeUnknown}
)

// bodyErrors are those of operations with a body or parameters.
func bodyErrors(op operation) []error {
	switch {
	case op.request != "":
		return []error{kv.ErrMalformed, kv.ErrUnsupportedMedia, kv.ErrTooLarge, kv.ErrInvalid}
	case op.query || strings.Contains(op.path, "{"):
		return []error{kv.ErrInvalid}
	}
	return nil
}

// security says how an operation identifies its caller.
func (op operation) security() []map[string][]string {
	switch {
	case op.id == "createSession":
		return []map[string][]string{{}}
	case op.browser:
		return []map[string][]string{{sessionScheme: {}}}
	}
	return []map[string][]string{{bearerScheme: {}}, {sessionScheme: {}}}
}

// contractVersion is the version of the wire contract, not of the program.
const contractVersion = "1.0.0"

// newConfig says what the document of a server below the base path says before any operation. CreateHooks stay out: they put
// a $schema into every response.
func newConfig(basePath string) huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "tempskv", Version: contractVersion,
				Description: "A key-value store over HTTP and JSON: get, set, incr and expiry, walled off by project.",
				Contact:     &huma.Contact{Name: "tempskv", URL: "https://github.com/tempskv/tempskv"},
				// The SPDX identifier is not known to OpenAPI 3.0.
				License: &huma.License{Name: "Apache-2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"},
			},
			Servers: []*huma.Server{{URL: cmp.Or(basePath, "/"), Description: "This server."}},
			Tags: []*huma.Tag{
				{Name: dataTag, Description: "Keys and values of one project."},
				{Name: managementTag, Description: "The store behind the service: on, off, and how it is."},
				{Name: backupsTag, Description: "Copies of all keys, and of who may reach them."},
				{Name: projectsTag, Description: "Projects, each with its own keys."},
				{Name: accessTag, Description: "Deployment tokens, API keys and the audit log."},
			},
			Components: &huma.Components{
				Schemas:  huma.NewMapRegistry("#/components/schemas/", schemaName),
				Headers:  headers(),
				Examples: map[string]*huma.Example{},
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearerScheme: {
						Type: "http", Scheme: "bearer",
						Description: "A deployment token (dt_...) reaches the data of one project; an API key (tk_...) what its " +
							"permissions say.",
					},
					sessionScheme: {
						Type: "apiKey", In: "cookie", Name: sessionCookieName,
						Description: "A browser that is signed in: see createSession. Each call has to carry the session's secret as X-CSRF-Token.",
					},
				},
			},
		},
	}
}

// errorResponses documents errors, by status, with an example for each code.
func (a *API) errorResponses(errs []error) map[string]*huma.Response {
	components := a.huma.OpenAPI().Components
	responses := map[string]*huma.Response{}
	for _, err := range errs {
		k := kindOf(err)
		status := strconv.Itoa(k.status)
		r := responses[status]
		if r == nil {
			r = a.problemResponse(http.StatusText(k.status), k.status)
			r.Content[problemType].Examples = map[string]*huma.Example{}
			responses[status] = r
		}
		name := k.code
		if k.err == kv.ErrOutcomeUnknown {
			name = "outcome_unknown"
		}
		if components.Examples[name] == nil { // most operations end in the same
			components.Examples[name] = &huma.Example{Summary: k.detail, Value: newProblem(k.err, exampleServer, exampleRequestID)}
		}
		r.Content[problemType].Examples[name] = &huma.Example{Ref: "#/components/examples/" + name}
	}
	return responses
}

// problemResponse is a response with a problem, without examples.
func (a *API) problemResponse(description string, status int) *huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "")
	return &huma.Response{
		Description: description, Headers: responseHeaders(status),
		Content: map[string]*huma.MediaType{problemType: {Schema: schema}},
	}
}

const (
	exampleRequestID = "1f4u8kq0z6x2p"
	exampleServer    = "https://kv.example"
)

// Headers of answers.
const (
	authenticateHeader = "WWW-Authenticate"
	retryHeader        = "Retry-After"
)

func headers() map[string]*huma.Param {
	return map[string]*huma.Param{
		requestIDHeader: {
			Description: "The id of the request: the caller's own X-Request-Id if it is sane, else a new one.",
			Schema:      &huma.Schema{Type: "string", MaxLength: new(128)},
		},
		authenticateHeader: {Description: "Bearer.", Schema: &huma.Schema{Type: "string"}},
		replayedHeader: {
			Description: "True where the answer is that of an earlier request with the same Idempotency-Key: nothing was changed.",
			Schema:      &huma.Schema{Type: "boolean"},
		},
		"RateLimit-Limit": {
			Description: "How many requests may come at once, by the limit that is nearest; only where there is one.",
			Schema:      &huma.Schema{Type: "integer"},
		},
		"RateLimit-Remaining": {Description: "How many of them may come now.", Schema: &huma.Schema{Type: "integer"}},
		"RateLimit-Reset":     {Description: "Seconds until all of them may come again.", Schema: &huma.Schema{Type: "integer"}},
		retryHeader:           {Description: "Seconds to wait before trying again.", Schema: &huma.Schema{Type: "integer"}},
	}
}

// responseHeaders are those of a response with that status.
func responseHeaders(status int) map[string]*huma.Param {
	refs := map[string]*huma.Param{requestIDHeader: headerRef(requestIDHeader)}
	switch status {
	case http.StatusUnauthorized:
		refs[authenticateHeader] = headerRef(authenticateHeader)
	case http.StatusServiceUnavailable:
		refs[retryHeader] = headerRef(retryHeader)
	case http.StatusTooManyRequests:
		refs[retryHeader] = headerRef(retryHeader)
		addLimitHeaders(refs)
	}
	return refs
}

// addLimitHeaders adds those that tell of a limit, where there is one.
func addLimitHeaders(refs map[string]*huma.Param) {
	for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
		refs[name] = headerRef(name)
	}
}

func headerRef(name string) *huma.Param { return &huma.Param{Ref: "#/components/headers/" + name} }

// inCapitals writes what stands for several words as they are written elsewhere.
var inCapitals = strings.NewReplacer("Api", "API", "Mget", "MGet", "Mset", "MSet", "Ttl", "TTL")

// schemaName names schemas for those who generate clients: Project for projectBody, Projects for the body
// of projectsOutput. A violation keeps the name that the document has always had for it.
func schemaName(t reflect.Type, hint string) string {
	if t == reflect.TypeFor[body.Violation]() {
		return "Finding"
	}
	name := huma.DefaultSchemaNamer(t, hint)
	name = strings.TrimSuffix(strings.TrimSuffix(name, "Body"), "Output")
	return inCapitals.Replace(name)
}

// describe adds an operation to the document, with its input and output as huma sees them.
func describe[I, O any](a *API, o huma.Operation) {
	huma.Register(a.huma, o, func(context.Context, *I) (*O, error) { return nil, nil })
}

// setGlobals makes huma describe our problems, and no list as null. Both are globals of huma's; every handler set wants the
// same.
var setGlobals = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(int, string, ...error) huma.StatusError { return new(problem) }
})

// documentOnly is an adapter of huma's that serves nothing.
type documentOnly struct{}

// Handle does nothing: pipelines answer requests.
func (documentOnly) Handle(*huma.Operation, func(huma.Context)) {}

// ServeHTTP does nothing.
func (documentOnly) ServeHTTP(http.ResponseWriter, *http.Request) {}

// describe makes huma's form of an operation.
func (a *API) describe(op operation) huma.Operation {
	var parameters []*huma.Param
	if op.idempotent {
		parameters = append(parameters, idempotencyParam())
	}
	status := op.status
	responses := a.errorResponses(slices.Concat(commonErrors, op.errors, bodyErrors(op)))
	responses["default"] = a.problemResponse("Any other problem, of this server or of a later version.", http.StatusInternalServerError)
	if op.media != "" {
		status = http.StatusOK
		responses[strconv.Itoa(http.StatusOK)] = &huma.Response{
			Description: http.StatusText(http.StatusOK),
			Content:     map[string]*huma.MediaType{op.media: {Schema: binary()}},
		}
	}
	return huma.Operation{
		Parameters:  parameters,
		OperationID: op.id, Method: op.method, Path: op.path, DefaultStatus: status,
		Tags: []string{op.tag}, Summary: op.summary, Description: op.description,
		Security:  op.security(),
		Responses: responses,
	}
}

// binary is the schema of a body that is no JSON: of bytes, which a client can read bit by bit or write to a file.
func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

// complete adds to the document what huma cannot know: examples, and the headers of success.
func (a *API) complete(op operation) {
	item := a.huma.OpenAPI().Paths[op.path]
	described := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post,
		http.MethodPatch: item.Patch, http.MethodDelete: item.Delete}[op.method]
	if request := described.RequestBody; request != nil {
		request.Content[jsonType].Example = example(op.request)
		request.Description = fmt.Sprintf("At most %d bytes.", op.maxBody)
	}
	success := described.Responses[strconv.Itoa(max(op.status, http.StatusOK))]

	success.Headers = responseHeaders(http.StatusOK)
	if op.document != nil {
		op.document(a, success)
	}
	if op.idempotent {
		success.Headers[replayedHeader] = headerRef(replayedHeader)
		if conflict := described.Responses[strconv.Itoa(http.StatusConflict)]; conflict != nil {
			conflict.Headers[replayedHeader] = headerRef(replayedHeader)
		}
	}
	if op.tag == dataTag {
		addLimitHeaders(success.Headers)
	}
	if content := success.Content[jsonType]; content != nil {
		content.Example = example(op.response)
	}
}

// example reads an example as the document shows it.
func example(text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic("an example is not JSON: " + text)
	}
	return v
}
