// SPDX-License-Identifier: Apache-2.0

package lambdatest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// BuildArgs are the arguments of `go build` for the bootstrap, as the Makefile has them.
func BuildArgs(output string) []string {
	return []string{"build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", output,
		"github.com/tempskv/tempskv/runtime/lambda/bootstrap"}
}

// Function is one instance of a function: a process with its own Runtime.
type Function struct {
	*Runtime
	Started time.Time
	Exited  chan struct{}

	process *exec.Cmd
	log     lockedBuffer
}

// Start starts program with that environment, and nothing of this process's own.
func Start(program string, env ...string) (*Function, error) {
	r, err := NewRuntime()
	if err != nil {
		return nil, err
	}
	f := &Function{Runtime: r, Exited: make(chan struct{})}
	f.process = exec.Command(program)
	f.process.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + r.Addr, "AWS_REGION=eu-central-1"}, env...)
	f.process.Stdout, f.process.Stderr = &f.log, &f.log
	f.Started = time.Now()
	if err := f.process.Start(); err != nil {
		_ = r.Close()
		return nil, err
	}
	go func() { _ = f.process.Wait(); close(f.Exited) }()
	return f, nil
}

// Log returns what the process wrote.
func (f *Function) Log() string { return f.log.String() }

// Pid returns the process id.
func (f *Function) Pid() int { return f.process.Process.Pid }

// State returns how the process ended, once Exited is closed.
func (f *Function) State() *os.ProcessState { return f.process.ProcessState }

// Signal sends the process a signal: SIGSTOP and SIGCONT freeze and thaw it, as Lambda does between invocations.
func (f *Function) Signal(s syscall.Signal) error { return f.process.Process.Signal(s) }

// End kills the process, as Lambda does, and ends its runtime API.
func (f *Function) End() {
	_ = f.process.Process.Kill()
	<-f.Exited
	_ = f.Close()
}

// Response is the answer to a request.
type Response struct {
	Status int
	Header map[string]string
	Body   string
}

// Request sends a request as an HTTP API does.
func (f *Function) Request(ctx context.Context, limit time.Duration, method, path, token, body string) (Response, error) {
	a, err := f.Invoke(ctx, Event(method, path, token, body), limit)
	if err != nil {
		return Response{}, err
	}
	if a.Failed {
		return Response{}, fmt.Errorf("the invocation failed: %.500s", a.Payload)
	}
	var out struct {
		StatusCode      int
		Headers         map[string]string
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal(a.Payload, &out); err != nil {
		return Response{}, fmt.Errorf("the function answered %.500s: %w", a.Payload, err)
	}
	if out.IsBase64Encoded {
		text, err := base64.StdEncoding.DecodeString(out.Body)
		if err != nil {
			return Response{}, err
		}
		out.Body = string(text)
	}
	return Response{out.StatusCode, out.Headers, out.Body}, nil
}

// Event is an event of an HTTP API.
func Event(method, path, token, body string) []byte {
	path, query, _ := strings.Cut(path, "?")
	event, err := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
		"headers": map[string]string{
			"authorization": "Bearer " + token, "content-type": "application/json", "host": "kv.example.com",
		},
		"requestContext": map[string]any{
			"stage": "$default", "domainName": "x.execute-api.eu-central-1.amazonaws.com",
			"http": map[string]any{"method": method, "path": path, "sourceIp": "192.0.2.7", "protocol": "HTTP/1.1"},
		},
		"body": body, "isBase64Encoded": false,
	})
	if err != nil {
		panic(err) // strings
	}
	return event
}

// lockedBuffer is a bytes.Buffer that may be read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
