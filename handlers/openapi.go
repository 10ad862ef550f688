// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"bytes"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// document returns what makes the document at its first use. That takes as long as the whole start of a Lambda function,
// which is rarely asked for it.
func (a *API) document() func() *huma.OpenAPI {
	return sync.OnceValue(func() *huma.OpenAPI {
		for _, describe := range a.described {
			describe()
		}
		a.nameEnums()
		a.openAnswers()
		return a.huma.OpenAPI()
	})
}

// OpenAPI returns the OpenAPI 3.1 document as YAML.
func (a *API) OpenAPI() ([]byte, error) { return asYAML(a.openapi()) }

// OpenAPI30 returns the document in its OpenAPI 3.0.3 form as JSON, for generators that know no later one.
func (a *API) OpenAPI30() ([]byte, error) { return asJSON30(a.openapi()) }

func asYAML(document *huma.OpenAPI) ([]byte, error) {
	text, err := document.YAML()
	return append([]byte("# Generated from package handlers by make generate. DO NOT EDIT.\n"), text...), err
}

func asJSON(document *huma.OpenAPI) ([]byte, error) { return document.MarshalJSON() }

func asJSON30(document *huma.OpenAPI) ([]byte, error) {
	text, err := document.Downgrade()
	// huma adds it to every schema in the format binary, and 3.0 does not know it.
	return bytes.ReplaceAll(text, []byte(`"contentMediaType":"application/octet-stream",`), nil), err
}
