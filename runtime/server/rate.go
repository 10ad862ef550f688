// SPDX-License-Identifier: Apache-2.0

package server

import "time"

const (
	// defaultRate is what slow mobile links (EDGE) have, 131 kbit/s, in bytes a second.
	defaultRate = 16 << 10
	// defaultGrace is longer than such links are gone when they change cells.
	defaultGrace = 10 * time.Second
	// maxShare is among how many streams of an HTTP/2 connection the rate is shared at most.
	maxShare = 8
	// smallPiece is what a packet or a record of a body holds in bytes, unless somebody means to make work.
	smallPiece = 512
)

// rate is the slowest that a body or a response may move while one side waits for the other: perSecond, in bytes, averaged
// over grace.
type rate struct {
	perSecond int64
	grace     time.Duration
}

// time returns how long n bytes may take on a connection that share streams use.
func (r rate) time(n int, share int32) time.Duration {
	return time.Duration(int64(n)*int64(min(max(share, 1), maxShare))) * time.Second / time.Duration(r.perSecond)
}

// pace is how a body or a response moves at its rate. Time counts only while the client is waited for, so that neither a rest
// between two events nor a slow handler is the client's fault. The zero value has no credit.
type pace struct {
	rate
	credit time.Duration // how much longer it may take than its rate says
	total  int           // bytes that were moved
	small  int           // how many more small pieces than others there were
}

// moved counts n bytes that took so long. What is faster earns no more than the grace.
func (p *pace) moved(n int, took time.Duration, share int32) {
	p.total += n
	if n < smallPiece {
		p.small++
	} else {
		p.small = max(0, p.small-1)
	}
	p.credit = min(p.grace, p.credit-took+p.time(n, share))
}
