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
}

// look fails: only Linux is known to say how busy its processors are.
func look() (times, error) { return times{}, errors.ErrUnsupported }
