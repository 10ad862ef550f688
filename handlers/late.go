// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// late registers each operation with huma at its first request, and all of them when the document is asked for: that
// takes as long as all else in the start of a Lambda function, which serves one or two of them. To huma it is the mux.
type late struct {
	mux        *http.ServeMux
	operations []*lateOperation
	mu         sync.Mutex       // registering writes the one document
	handler    http.HandlerFunc // the last that huma made
}

var _ humago.Mux = (*late)(nil)

// lateOperation is an operation that huma may not know yet.
type lateOperation struct {
	once     sync.Once
	register func() // with huma
	handler  http.HandlerFunc
}

// add routes requests to an operation that register registers with huma.
func (l *late) add(pattern string, register func()) {
	o := &lateOperation{register: register}
	l.operations = append(l.operations, o)
	l.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		l.settle(o)
		o.handler(w, r)
	})
}

// HandleFunc takes from huma the handler of the operation that is being registered, whose route is there already.
func (l *late) HandleFunc(_ string, handler func(http.ResponseWriter, *http.Request)) {
	l.handler = handler
}

// ServeHTTP is for humago.Mux.
func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.mux.ServeHTTP(w, r) }

// settle registers an operation with huma, unless it was.
func (l *late) settle(o *lateOperation) {
	o.once.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		o.register()
		o.handler = l.handler
	})
}

// settleAll makes the document whole.
func (l *late) settleAll() {
	for _, o := range l.operations {
		l.settle(o)
	}
}
