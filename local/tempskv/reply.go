// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// reply is an answer: what it holds, and its text, which is what --json prints.
type reply[B any] struct {
	body B
	text []byte
}

// answered reads what a function of the generated client returned.
func answered[B any](res *http.Response, err error) (r reply[B], _ error) {
	if err != nil {
		return r, err
	}
	defer res.Body.Close()
	if r.text, err = io.ReadAll(res.Body); err != nil {
		return r, err
	}
	if err := goclient.Decode(r.text, &r.body); err != nil {
		return r, &goclient.UnexpectedError{Reason: err.Error(), Response: res}
	}
	return r, nil
}
