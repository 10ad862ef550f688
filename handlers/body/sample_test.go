// SPDX-License-Identifier: Apache-2.0

package body_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// sample has a field of each sort.
type sample struct {
	Scope
	Key    kv.Key         `json:"key" minLength:"1" maxLength:"32768"`
	Value  anything       `json:"value,omitempty"`
	EX     int64          `json:"ex,omitempty" minimum:"1" maximum:"100" excludes:"px"`
	PX     int64          `json:"px,omitempty" minimum:"1" maximum:"1000"`
	Keep   bool           `json:"keep,omitempty" excludes:"ex,px"`
	Limit  int            `json:"limit,omitempty" minimum:"-1" maximum:"10" default:"7"`
	Amount *int64         `json:"amount,omitempty"`
	Name   *string        `json:"name,omitempty" minLength:"2" maxLength:"3"`
	Size   string         `json:"size,omitempty" pattern:"^[0-9]+mb$" patternDescription:"a size such as 1mb"`
	Engine *engine.Name   `json:"engine,omitempty" enum:"embedded,podman"`
	Rights []string       `json:"rights,omitempty" minItems:"1" maxItems:"2" enum:"read,write"`
	IDs    []kv.ProjectID `json:"ids,omitempty" minItems:"1" maxItems:"12" minimum:"1" maximum:"9007199254740991"`
	Ends   *time.Time     `json:"ends,omitempty"`
	Inner  *inner         `json:"inner,omitempty"`
	Inners []inner        `json:"inners,omitempty" minItems:"1" maxItems:"3"`
	_      int
}

// Scope is embedded.
type Scope struct {
	Project anyNumber `json:"project,omitempty"`
}

type inner struct {
	A string   `json:"a" minLength:"0" maxLength:"5" excludes:"b"`
	B bool     `json:"b,omitempty"`
	C anything `json:"c,omitempty"`
}

type anything kv.Value

func (anything) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// anyNumber takes anything, and is -1 for what is not an integer.
type anyNumber int64

func (anyNumber) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

func (n *anyNumber) ReadJSON(text []byte) {
	number, ok := body.Integer(text)
	if *n = anyNumber(number); !ok {
		*n = -1
	}
}

const maxValue = 200 // bytes

// compileSample returns the decoder of samples, and where their schema is.
func compileSample(tb testing.TB) (*body.Decoder, huma.Registry) {
	tb.Helper()
	d, err := body.Compile(reflect.TypeFor[sample](), maxValue)
	if err != nil {
		tb.Fatal(err)
	}
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	d.Describe(registry)
	return d, registry
}
