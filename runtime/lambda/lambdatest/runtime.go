// SPDX-License-Identifier: Apache-2.0

// Package lambdatest is a double of the Lambda runtime API and starts functions as processes under it: what a function
// meets on AWS, without AWS. Only tests and measurements import it.
package lambdatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// MaxPayload is what an invocation may return, in bytes; more is answered as Lambda does, and the invocation has failed.
const MaxPayload = 6<<20 + 100

// arn is that of every function here.
const arn = "arn:aws:lambda:eu-central-1:123456789012:function:tempskv"

// Runtime is the runtime API of one function instance.
type Runtime struct {
	Addr string // host:port, for AWS_LAMBDA_RUNTIME_API

	server      *http.Server
	waiting     chan struct{} // holds a token for each call of next that waits
	invocations chan *invocation
	initErrors  chan string
	extensions  chan string

	mu       sync.Mutex
	underWay map[string]*invocation
	count    int
}

type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	answers  chan Answer
}

// Answer is what became of an invocation.
type Answer struct {
	Payload []byte
	Failed  bool // the function reported an error, or answered too much
}

// NewRuntime starts a runtime API on a free port of loopback. Close ends it.
func NewRuntime() (*Runtime, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Runtime{
		Addr: l.Addr().String(), waiting: make(chan struct{}, 16), invocations: make(chan *invocation),
		initErrors: make(chan string, 1), extensions: make(chan string, 4), underWay: map[string]*invocation{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", r.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", r.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", r.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", r.initError)
	mux.HandleFunc("POST /2020-01-01/extension/register", r.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	r.server = &http.Server{Handler: mux}
	go func() { _ = r.server.Serve(l) }() // until Close
	return r, nil
}

// Close ends the API.
func (r *Runtime) Close() error { return r.server.Close() }

// AwaitNext returns once the function asks for an invocation, or reports an error of its initialization.
func (r *Runtime) AwaitNext(ctx context.Context) error {
	select {
	case <-r.waiting:
		r.waiting <- struct{}{}
		return nil
	case text := <-r.initErrors:
		return errors.New("init error: " + text)
	case <-ctx.Done():
		return fmt.Errorf("the function asks for nothing: %w", ctx.Err())
	}
}

// Extension returns the name of the extension that the function registers.
func (r *Runtime) Extension(ctx context.Context) (string, error) {
	select {
	case name := <-r.extensions:
		return name, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Invoke hands the function an event, which it has limit to answer, and returns once it has. The error is that of ctx.
func (r *Runtime) Invoke(ctx context.Context, event []byte, limit time.Duration) (Answer, error) {
	r.mu.Lock()
	r.count++
	i := &invocation{
		id: fmt.Sprintf("00000000-0000-0000-0000-%012d", r.count), event: event,
		deadline: time.Now().Add(limit), answers: make(chan Answer, 1),
	}
	r.underWay[i.id] = i
	r.mu.Unlock()
	select {
	case r.invocations <- i:
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	select {
	case a := <-i.answers:
		return a, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func (r *Runtime) next(w http.ResponseWriter, q *http.Request) {
	r.waiting <- struct{}{}
	defer func() { <-r.waiting }()
	select {
	case i := <-r.invocations:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", arn)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
		_, _ = w.Write(i.event)
	case <-q.Context().Done():
	}
}

// take returns the invocation of a path, nil if there is none that is under way.
func (r *Runtime) take(q *http.Request) *invocation {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := q.PathValue("id")
	i := r.underWay[id]
	delete(r.underWay, id)
	return i
}

func (r *Runtime) response(w http.ResponseWriter, q *http.Request) {
	i := r.take(q)
	if i == nil {
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	var body bytes.Buffer
	if _, err := io.Copy(&body, io.LimitReader(q.Body, MaxPayload+1)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if body.Len() > MaxPayload {
		i.answers <- Answer{Payload: []byte("Response payload size exceeded maximum allowed payload size (6291556 bytes)."), Failed: true}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	i.answers <- Answer{Payload: body.Bytes()}
	w.WriteHeader(http.StatusAccepted)
}

func (r *Runtime) failure(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	if i := r.take(q); i != nil {
		i.answers <- Answer{Payload: body, Failed: true}
	}
	w.WriteHeader(http.StatusAccepted)
}

func (r *Runtime) initError(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	select {
	case r.initErrors <- string(body):
	default:
	}
	w.WriteHeader(http.StatusAccepted)
}

func (r *Runtime) register(w http.ResponseWriter, q *http.Request) {
	select {
	case r.extensions <- q.Header.Get("Lambda-Extension-Name"):
	default:
	}
	w.Header().Set("Lambda-Extension-Identifier", "0")
	_, _ = io.WriteString(w, `{"functionName":"tempskv","functionVersion":"$LATEST","handler":"bootstrap"}`)
}
