// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/tempskv/tempskv/openapi/contract"
)

// watch holds every request of these tests, and its answer, against the document.
var watch *contract.Watch

func TestMain(m *testing.M) {
	document, err := os.ReadFile("../openapi/openapi.yaml")
	if err == nil {
		watch, err = contract.NewWatch(document)
	}
	code := 1
	if err == nil {
		code = m.Run()
		err = watch.Err()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "FAIL: what passed is not as openapi/openapi.yaml says:\n%v\n", err)
		code = 1
	}
	os.Exit(code)
}
