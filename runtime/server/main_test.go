// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// fastPaths are the paths that the servers of tests serve without net/http: none, and then all that are asked for with POST.
var fastPaths []string

// plainRequest is of the form that the fast path takes.
const plainRequest = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"

// TestMain runs all tests twice, without and with the fast path.
func TestMain(m *testing.M) {
	status := m.Run()
	if fuzzing := flag.Lookup("test.fuzz"); fuzzing.Value.String() != "" {
		os.Exit(status) // a target has both
	}
	fmt.Println("the same with the fast path:")
	fastPaths = []string{"/", "/begun", "/large", "/readyz", "/work"}
	os.Exit(max(status, m.Run()))
}
