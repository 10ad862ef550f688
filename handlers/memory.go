// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// requestMemory is what a request with a body counts for apart from it, in bytes: buffers and a goroutine.
	requestMemory = 8 << 10
	// streamMemory is what a response that is sent bit by bit counts for.
	streamMemory = 1 << 20
	// smallResponse is a response that requestMemory pays for.
	smallResponse = 16 << 10
)

// takeMemory takes what the request needs before its body is read. A body of unknown length takes more as it comes.
func (sc *scope) takeMemory(ctx context.Context) error {
	credential := ""
	if sc.principal != nil {
		credential = sc.principal.ID
	}
	sc.memory = sc.api.limiter.Account(sc.limited, credential)
	need := int64(0)
	if sc.hasBody() {
		need += requestMemory + bodyMemory(max(sc.request.ContentLength, 0))
	}
	if sc.op.media != "" {
		need += streamMemory
	}
	if need == 0 {
		return nil
	}
	return sc.memory.Take(ctx, need)
}

// withMemory lets the store take what it reads for the operation.
func (sc *scope) withMemory(ctx context.Context) context.Context {
	if sc.memory == nil {
		return ctx
	}
	sc.requestTook = sc.memory.Taken()
	return kv.WithMemory(ctx, sc.memory)
}

// takeResponse takes what a response of size bytes needs until it is sent, apart from what the store has taken for it.
func (sc *scope) takeResponse(ctx context.Context, size int) error {
	if size <= smallResponse {
		return nil
	}
	return sc.memory.Cover(ctx, sc.requestTook+kv.Copies*int64(size))
}
