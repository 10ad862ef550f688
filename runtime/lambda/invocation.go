// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// invocation is what AWS calls an invocation.
type invocation struct {
	requestID string // as in Lambda's own lines of the log
	traceID   string // of X-Ray, such as 1-5bef4de7-ad49b0e87f6ef6c87fc2e700
}

// invocationOf returns the invocation that ctx is of, nil if it is of none.
func invocationOf(ctx context.Context) *invocation {
	at, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return nil
	}
	i := &invocation{requestID: at.AwsRequestID}
	header, _ := ctx.Value("x-amzn-trace-id").(string) // see package lambda of aws-lambda-go
	for part := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(part, "Root="); ok {
			i.traceID = root
		}
	}
	return i
}

// attrs are the ids for a line of the log.
func (i *invocation) attrs() []slog.Attr {
	all := []slog.Attr{slog.String("aws_request_id", i.requestID)}
	if i.traceID != "" {
		all = append(all, slog.String("trace_id", i.traceID))
	}
	return all
}

// Log is a slog.Handler that adds aws_request_id and trace_id to each line: those of its context's invocation, else of the one
// that the function answers now. A Handler that is to be followed has it as Config.Lines.
type Log struct {
	slog.Handler
	now *atomic.Pointer[invocation]
}

// NewLog returns a Log that writes to h.
func NewLog(h slog.Handler) *Log { return &Log{h, new(atomic.Pointer[invocation])} }

// Handle writes a line.
func (l *Log) Handle(ctx context.Context, line slog.Record) error {
	i := invocationOf(ctx)
	if i == nil {
		i = l.now.Load()
	}
	if i != nil {
		line = line.Clone()
		line.AddAttrs(i.attrs()...)
	}
	return l.Handler.Handle(ctx, line)
}

// WithAttrs returns a Log whose lines also have the attributes.
func (l *Log) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Log{l.Handler.WithAttrs(attrs), l.now}
}

// WithGroup returns a Log whose lines have their attributes, and the ids, in a group.
func (l *Log) WithGroup(name string) slog.Handler { return &Log{l.Handler.WithGroup(name), l.now} }

// follow notes the invocation that ctx is of as the present one. The function that it returns ends that.
func (l *Log) follow(ctx context.Context) (end func()) {
	i := invocationOf(ctx)
	l.now.Store(i)
	return func() { l.now.CompareAndSwap(i, nil) }
}
