// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const (
	// slowRate is how many bytes a second the reader of an export takes that is not ended when the log is as long as
	// lengths.slow. From longLog on, in pages of 4 KiB, exports end one after the other, the slowest first, and no other begins.
	longLog  = 64 << 10
	slowRate = 1 << 20
	// A read of the operator, such as a backup, ends from longLog on if its reader takes nothing for Config.StallTime, and from
	// hugeLog on if it has taken less than slowRate since it began.
	hugeLog = 256 << 10
	// minSeen is how often an export was measured before it may be called slow.
	minSeen = 3
)

// longRead is a long read-only transaction, such as an export: the log cannot get shorter until it is over.
type longRead struct {
	// project is whose keys are read, 0 for those of all: such a read belongs to the operator.
	project kv.ProjectID
	began   time.Time
	sent    atomic.Int64 // bytes that its reader took
	handed  atomic.Int64 // since when its reader has its turn, in nanoseconds since 1970; 0 while it has not
	ended   atomic.Pointer[kv.Refusal]

	// mu is held while the transaction is used, and free while the reader has its turn: then others may close it.
	mu    sync.Mutex
	close func() // ends the transaction; nil once it has ended

	// Of the writer's goroutine.
	measured int64 // sent, when it was last measured
	rate     int64 // bytes a second, about the mean of the last seconds
	seen     int   // how often it was measured
}

// end makes the read end at once if its reader has its turn, else as soon as it looks.
func (r *longRead) end(why *kv.Refusal) {
	r.ended.CompareAndSwap(nil, why)
	if r.mu.TryLock() {
		defer r.mu.Unlock()
		r.finish()
	}
}

// finish ends the transaction unless that was done. The caller holds mu.
func (r *longRead) finish() {
	if r.close != nil {
		r.close()
		r.close = nil
	}
}

// err returns why the read was ended, nil if it was not.
func (r *longRead) err() error {
	if why := r.ended.Load(); why != nil {
		return why
	}
	return nil
}

// tooSlow reports whether a read of the operator has to end at a log of that length, and how many bytes a second its reader
// took since it began.
func (r *longRead) tooSlow(now time.Time, pages int, stall time.Duration) (rate int64, yes bool) {
	handed := r.handed.Load()
	if handed == 0 { // it waits for nobody
		return 0, false
	}
	rate = int64(float64(r.sent.Load()) / max(now.Sub(r.began), time.Second).Seconds())
	stalled := now.Sub(time.Unix(0, handed)) >= stall
	return rate, pages >= longLog && stalled || pages >= hugeLog && rate < slowRate
}

// hand lets the reader take so many bytes, during which the transaction may be ended. The caller holds mu, also if f panics.
func (r *longRead) hand(bytes int, f func() error) error {
	r.handed.Store(time.Now().UnixNano())
	r.mu.Unlock()
	err := func() error {
		defer r.mu.Lock()
		return f()
	}()
	r.handed.Store(0)
	r.sent.Add(int64(bytes))
	if why := r.err(); why != nil {
		return why
	}
	return err
}

// longReads are those under way.
type longReads struct {
	mu      sync.Mutex
	running map[*longRead]struct{}
	held    chan struct{} // not nil while none may begin; closed when they may again
	at      time.Time     // when they were last measured
}

// begin adds a read, and waits while none may begin. Errors: ErrTimeout; ErrUnavailable when closing is closed.
func (l *longReads) begin(ctx context.Context, closing <-chan struct{}, r *longRead) error {
	for {
		l.mu.Lock()
		held := l.held
		if held == nil {
			r.began = time.Now()
			if l.running == nil {
				l.running = map[*longRead]struct{}{}
			}
			l.running[r] = struct{}{}
		}
		l.mu.Unlock()
		if held == nil {
			return nil
		}
		select {
		case <-held:
		case <-closing:
			return errClosed()
		case <-ctx.Done():
			return sqlite.Err(ctx.Err())
		}
	}
}

func (l *longReads) leave(r *longRead) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.running, r)
}

// none reports whether no read is under way.
func (l *longReads) none() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.running) == 0
}

// hold lets no read begin until resume. It reports whether none is under way.
func (l *longReads) hold() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = make(chan struct{})
	}
	return len(l.running) == 0
}

func (l *longReads) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held != nil {
		close(l.held)
		l.held = nil
	}
}

// measure updates the rates, and returns the reads under way of projects, and of the operator.
func (l *longReads) measure(now time.Time) (reads, operators []*longRead) {
	l.mu.Lock()
	defer l.mu.Unlock()
	passed := max(now.Sub(l.at), time.Millisecond)
	l.at = now
	for r := range l.running {
		sent := r.sent.Load()
		rate := int64(float64(sent-r.measured) / passed.Seconds())
		if r.seen == 0 {
			r.rate = rate
		}
		r.rate, r.measured, r.seen = (3*r.rate+rate)/4, sent, r.seen+1
		if r.project == 0 {
			operators = append(operators, r)
		} else {
			reads = append(reads, r)
		}
	}
	return reads, operators
}

// endSlow ends reads while the log is long: those of slow readers, and if it gets very long one after the other, unless a
// read of the operator keeps the log long anyway. Such a read ends if its reader is stuck. It reports whether no other may begin.
func (w *writer) endSlow(ctx context.Context, pages int) (full bool) {
	now := time.Now()
	reads, operators := w.exports.measure(now)
	for _, r := range operators {
		if r.ended.Load() != nil {
			r.end(nil)
		} else if rate, yes := r.tooSlow(now, pages, w.stall); yes {
			w.endRead(ctx, r, rate, pages)
		}
	}
	if pages < w.lengths.slow || len(operators) > 0 {
		return false
	}
	full = pages >= longLog
	var slowest *longRead
	for _, r := range reads {
		switch {
		case r.ended.Load() != nil:
			r.end(nil)
		case r.seen >= minSeen && r.rate < slowRate:
			w.endRead(ctx, r, r.rate, pages)
		case slowest == nil || r.rate < slowest.rate:
			slowest = r
		}
	}
	if full && slowest != nil {
		w.endRead(ctx, slowest, slowest.rate, pages)
	}
	return full
}

func (w *writer) endRead(ctx context.Context, r *longRead, rate int64, pages int) {
	const pageSize = 4 << 10
	mib := int64(pages) * pageSize >> 20
	w.log.WarnContext(ctx, "an export was ended, since data.db-wal cannot get shorter until it is over", "project", int64(r.project),
		"reader_bytes_per_second", rate, "sent_bytes", r.sent.Load(), "log_mib", mib)
	what := "export of all projects, as for a backup,"
	if r.project != 0 {
		what = fmt.Sprintf("export of project %d", r.project)
	}
	refusal := kv.Refuse(kv.ErrUnavailable, "the %s was ended: its reader took %d KiB a second, while writes made data.db-wal grow to "+
		"%d MiB. Read it faster, or when there are fewer writes", what, rate>>10, mib)
	r.end(refusal.(*kv.Refusal))
}
