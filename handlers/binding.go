// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"reflect"
	"sync"

	"github.com/danielgtaylor/huma/v2/queryparam"

	"github.com/tempskv/tempskv/handlers/body"
)

// binding says where the parts of a request go in the input of an operation.
type binding struct {
	params  []param
	decoder func() *body.Decoder // nil if there is no body
	body    []int                // the index of the field for it, nil if the input is the body
	output  []int                // the index of the field of the output that is sent, nil if that is the output
}

// param is a parameter, which is kept as text.
type param struct {
	name  string
	query bool // else it is in the path
	index []int
	// number means that it must not be empty.
	number bool
}

// bind looks at an input with parameters, a field Body, both or neither, and at an output with or without a field Body.
func (a *API) bind(t, output reflect.Type) binding {
	var b binding
	if field, ok := output.FieldByName("Body"); ok {
		b.output = field.Index
	}
	for _, field := range reflect.VisibleFields(t) {
		if name := field.Tag.Get("path"); name != "" {
			b.params = append(b.params, param{name: name, index: field.Index})
		}
		if name := field.Tag.Get("query"); name != "" {
			b.params = append(b.params, param{name: name, query: true, index: field.Index, number: field.Type == reflect.TypeFor[limitParam]()})
		}
		if field.Name == "Body" {
			b.body, b.decoder = field.Index, a.compile(field.Type)
		}
	}
	return b
}

// bindBody is bind for an input that is a body.
func (a *API) bindBody(t reflect.Type) binding { return binding{decoder: a.compile(t)} }

// compile returns the decoder of bodies of a type. It is made at its first use: to make all of them takes as long as all
// else in the start of a Lambda function, which serves one or two operations.
func (a *API) compile(t reflect.Type) func() *body.Decoder {
	return sync.OnceValue(func() *body.Decoder {
		decoder, err := body.Compile(t, a.bounds.MaxValue)
		if err != nil {
			panic(err)
		}
		return decoder
	})
}

// setParams fills in the parameters of an input.
func (b *binding) setParams(in any, r *http.Request) {
	for _, p := range b.params {
		value := r.PathValue(p.name)
		if p.query {
			value = queryparam.Get(r.URL.RawQuery, p.name)
		}
		reflect.ValueOf(in).Elem().FieldByIndex(p.index).SetString(value)
	}
}

// checkParams finds parameters that are given and empty.
func (b *binding) checkParams(r *http.Request, f *body.Violations) {
	for _, p := range b.params {
		if p.number && queryparam.Get(r.URL.RawQuery, p.name) == "" && r.URL.Query().Has(p.name) {
			f.Add("query."+p.name, "must not be empty: leave it out")
		}
	}
}

// bodyOf returns a pointer to the body in an input.
func (b *binding) bodyOf(in any) any {
	if b.body == nil {
		return in
	}
	return reflect.ValueOf(in).Elem().FieldByIndex(b.body).Addr().Interface()
}
