// SPDX-License-Identifier: Apache-2.0

// Package arrivals runs work after what has arrived from the network before.
//
// Go's scheduler looks at the network when a processor has nothing else to do, or 10 ms after the last look. A server that always
// has something to do for one client therefore does not learn for 10 ms or longer that another one has sent a request. Work that
// waits for the network itself, on a pipe, comes after all that arrived before it, and makes the scheduler look. On Windows, where
// pipes are no part of that, it is just late.
package arrivals

import (
	"os"
	"runtime"
	"sync/atomic"
)

// follower calls a function after what has arrived.
type follower struct {
	call  func()
	in    *os.File
	out   *os.File
	asked atomic.Bool // since call was last begun
	ended chan struct{}
}

// Follow makes ask have call called, in another goroutine, once what has arrived was seen. Calls of ask before that are one. stop
// waits until that goroutine has ended; from then on ask calls it itself. So call has to be safe for concurrent use; it must not
// stop, and a caller of ask must hold no lock that it takes. An error means that the process can have no more files.
func Follow(call func()) (ask, stop func(), err error) {
	in, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	f := &follower{call: call, in: in, out: out, ended: make(chan struct{})}
	go f.run()
	return f.ask, f.stop, nil
}

func (f *follower) ask() {
	if f.asked.Swap(true) {
		return
	}
	if _, err := f.out.Write([]byte{0}); err != nil { // it is stopped
		f.asked.Store(false)
		f.call()
	}
}

func (f *follower) run() {
	defer close(f.ended)
	var some [8]byte
	for {
		_, err := f.in.Read(some[:])
		runtime.Gosched() // those that the same look has woken come first
		f.asked.Store(false)
		f.call()
		if err != nil {
			_ = f.out.Close() // ask then calls it
			return
		}
	}
}

func (f *follower) stop() {
	_ = f.out.Close()
	<-f.ended
	_ = f.in.Close()
}
