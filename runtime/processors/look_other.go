// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package processors

import (
	"errors"
	"time"
)

type times struct {
	at                       time.Time
	used, idle, work, waited time.Duration
	answered                 uint64
}

// look fails: only Linux is known to say how busy its processors are.
func look(func() uint64) (times, error) { return times{}, errors.ErrUnsupported }
