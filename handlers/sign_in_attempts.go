// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// maxSignInBody is the longest body of a call that identifies its caller by it, in bytes.
	maxSignInBody = 4 << 10
	// hurriedBodyTime is how long the body may take of an address that has failed to sign in too often.
	hurriedBodyTime = time.Second
)

// checkAttempts runs before the body is read. An address that has failed to sign in too often gets no time to send a body:
// only what comes with the headers is looked at. It is not refused yet, since others may share the address, behind a proxy
// for instance: a key that is right signs in, however much else comes from there. Keys cannot be guessed in any case.
func (sc *scope) checkAttempts() {
	sc.early = sc.api.attempts.Wait(sc.ip, sc.api.now())
}

// bodyTime returns how long the body may take.
func (sc *scope) bodyTime() time.Duration {
	if sc.early > 0 {
		return min(hurriedBodyTime, sc.api.bounds.BodyTime)
	}
	return sc.api.bounds.BodyTime
}

// lateBody returns the error of a body that did not arrive in time.
func (sc *scope) lateBody() error {
	if sc.early > 0 {
		return &tooEarly{wait: sc.early}
	}
	return errBodyLate
}

// slowDown counts an attempt to sign in that ended in err, and returns the error to answer with.
func (a *API) slowDown(sc *scope, err error) error {
	if !errors.Is(err, kv.ErrUnauthorized) && !errors.Is(err, kv.ErrPermissionDenied) {
		return err // nobody knows whether the key is right
	}
	if wait := a.attempts.Take(sc.ip, a.now()); wait > 0 {
		return &tooEarly{wait: wait}
	}
	return err
}
