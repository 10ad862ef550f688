// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"errors"
	"net"
	"os"
	"time"
)

// errSilent is what a read ends in where the server sent nothing for Config.Silence. It is a timeout.
var errSilent net.Error = &net.OpError{Op: "read", Err: silence{}}

type silence struct{}

func (silence) Error() string   { return "the server is silent" }
func (silence) Timeout() bool   { return true }
func (silence) Temporary() bool { return false }

// impatient is a connection that gives up on a server which sends nothing for a while, however long the answer
// as a whole may take.
type impatient struct {
	net.Conn
	silence  time.Duration
	deadline time.Time // of the answer as a whole; zero: none
}

// SetDeadline sets when the answer is to be there as a whole.
func (i *impatient) SetDeadline(t time.Time) error {
	i.deadline = t
	return i.Conn.SetDeadline(t)
}

// SetReadDeadline is SetDeadline for reads.
func (i *impatient) SetReadDeadline(t time.Time) error {
	i.deadline = t
	return i.Conn.SetReadDeadline(t)
}

// Read returns errSilent where nothing comes.
func (i *impatient) Read(b []byte) (int, error) {
	limit := time.Now().Add(i.silence)
	silent := i.deadline.IsZero() || limit.Before(i.deadline)
	if !silent {
		limit = i.deadline
	}
	if err := i.Conn.SetReadDeadline(limit); err != nil {
		return 0, err
	}
	n, err := i.Conn.Read(b)
	if silent && errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSilent
	}
	return n, err
}
