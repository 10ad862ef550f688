// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"net/http"
	"strings"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// routes are the operations, in a router like the server's.
type routes struct{ mux *http.ServeMux }

func newRoutes(document *v3.Document) routes {
	r := routes{http.NewServeMux()}
	for path, item := range document.Paths.PathItems.FromOldest() {
		for method := range item.GetOperations().FromOldest() {
			r.mux.HandleFunc(strings.ToUpper(method)+" "+path, http.NotFound)
		}
	}
	return r
}

// have reports whether there is an operation with that method and path.
func (r routes) have(method, path string) bool {
	asked, err := http.NewRequest(method, "http://localhost", nil)
	if err != nil {
		return false
	}
	asked.URL.Path = path
	_, pattern := r.mux.Handler(asked)
	return pattern != ""
}
