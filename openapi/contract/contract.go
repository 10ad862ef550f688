// SPDX-License-Identifier: Apache-2.0

// Package contract checks requests and responses against the OpenAPI document. Tests import it, and all of their traffic is
// checked, whatever they test.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	faults "github.com/pb33f/libopenapi-validator/errors"
)

// maxBody is the longest body that is checked, in bytes: the body of a large value has nothing new, and takes long.
const maxBody = 256 << 10

// Contract is the document.
type Contract struct {
	validator validator.Validator
	routes    routes
}

// New parses an OpenAPI 3.1 document. It is taken as Strict has it.
func New(document []byte) (*Contract, error) {
	document, err := Strict(document)
	if err != nil {
		return nil, err
	}
	read, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, err
	}
	// Strict: a field or a parameter that the document does not declare is a fault even if a schema is open, except in
	// values.
	v, errs := validator.NewValidator(read, config.WithStrictMode(), config.WithFormatAssertions(),
		config.WithRejectUndeclaredRequestBody(), config.WithStrictIgnorePaths("$.headers.**",
			"$.body.value.**", "$.body.values[*].**", "$.body.entries[*].value.**"))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	model, err := read.BuildV3Model()
	if err != nil {
		return nil, err
	}
	return &Contract{v, newRoutes(&model.Model)}, nil
}

// Check returns what is wrong with an exchange whose bodies were read: a response whose status or fields the document does
// not declare, or a success for a request that the document does not accept. A refused request is never wrong, since
// no schema can say how long a key is in bytes. It only checks /api/, and no CORS preflight requests.
func (c *Contract) Check(req *http.Request, sent []byte, res *http.Response, answer []byte) error {
	if !strings.HasPrefix(req.URL.Path, "/api/") || req.Method == http.MethodOptions || req.Method == http.MethodHead {
		return nil
	}
	if !c.routes.have(req.Method, req.URL.Path) {
		if res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed {
			return fmt.Errorf("%s %s is not an operation, but was answered %s", req.Method, req.URL, res.Status)
		}
		return nil
	}
	if len(sent) > maxBody || len(answer) > maxBody {
		return nil
	}
	asked := c.asDocumented(req, sent)
	var wrong error
	if ok, found := c.validator.ValidateHttpResponse(asked, withBody(res, answer)); !ok {
		wrong = report("answered "+res.Status+" with "+excerpt(answer), found)
	}
	if res.StatusCode < http.StatusBadRequest {
		if ok, found := c.validator.ValidateHttpRequestSync(c.asDocumented(req, sent)); !ok {
			wrong = errors.Join(wrong, report("accepted "+excerpt(sent), found))
		}
	}
	if wrong != nil {
		return fmt.Errorf("%s %s: %w", req.Method, req.URL, wrong)
	}
	return nil
}

// asDocumented changes the request to what the document accepts where the wire contract accepts more: a body without a
// Content-Type is JSON, and a deployment token's project_id is ignored whatever its type.
func (c *Contract) asDocumented(req *http.Request, sent []byte) *http.Request {
	r := req.Clone(req.Context())
	if r.Header.Get("Content-Type") == "" && len(sent) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer dt_") && bytes.Contains(sent, []byte("project_id")) {
		sent = withoutProject(sent)
	}
	r.Body, r.ContentLength = http.NoBody, int64(len(sent))
	if len(sent) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	return r
}

func withoutProject(body []byte) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body
	}
	delete(fields, "project_id")
	less, err := json.Marshal(fields)
	if err != nil {
		return body
	}
	return less
}

func withBody(res *http.Response, body []byte) *http.Response {
	again := *res
	again.Body = io.NopCloser(bytes.NewReader(body))
	return &again
}

// report combines what the validator found into one error.
func report(what string, found []*faults.ValidationError) error {
	lines := []string{what}
	for _, f := range found {
		lines = append(lines, f.Message+": "+f.Reason)
		for _, s := range f.SchemaValidationErrors {
			lines = append(lines, s.FieldPath+" "+s.Reason)
		}
	}
	return errors.New(strings.Join(lines, "\n\t"))
}

func excerpt(body []byte) string { return fmt.Sprintf("%.300s", bytes.TrimSpace(body)) }
