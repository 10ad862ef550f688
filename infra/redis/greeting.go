// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/tempskv/tempskv/infra/egress"
)

// greetTime is the least time that one greeting may take.
const greetTime = 500 * time.Millisecond

// greetBound returns how long one greeting may take: part of what is left of the time of ctx.
func greetBound(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return greetTime
	}
	return max(greetTime, time.Until(deadline)/4)
}

// diagnose finds out why the first server does not reply if err does not say it: it sends a PING, with and without TLS. It
// returns an error that says more, or err.
func (t *target) diagnose(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	bound := greetBound(ctx)
	ctx = context.WithoutCancel(ctx)
	if t.tls == nil {
		if said, _ := t.greet(ctx, bound, nil); said != "" {
			return greetingError(said, err)
		}
		if t.network == "tcp" && t.speaksTLS(ctx, bound) {
			return errWantsTLS
		}
		return err
	}
	config, failed := t.files.load(t.tls)
	if failed != nil {
		return failed
	}
	said, failed := t.greet(ctx, bound, config)
	if said != "" {
		return greetingError(said, err)
	}
	if said, _ := t.greet(ctx, bound, nil); said != "" {
		return tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
	}
	if failed != nil && faultOf("", failed) != nil {
		return failed
	}
	return err
}

// greet sends a PING on a new connection and returns the beginning of the reply.
func (t *target) greet(ctx context.Context, bound time.Duration, config *tls.Config) (said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	dialer := &net.Dialer{Control: egress.Control}
	dial := dialer.DialContext
	if config != nil {
		dial = (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext
	}
	conn, err := dial(ctx, t.network, t.addrs[0])
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	reply := make([]byte, 256)
	if config != nil { // a server rejects a certificate after the handshake, and sending now may lose the reason
		_ = conn.SetReadDeadline(time.Now().Add(time.Until(deadline) / 2))
		if n, err := conn.Read(reply); n > 0 || !isTimeout(err) {
			return string(reply[:n]), err
		}
	}
	_ = conn.SetDeadline(deadline)
	_, _ = conn.Write([]byte("PING\r\n")) // a server that closes the connection may have said why
	n, err := conn.Read(reply)
	return string(reply[:n]), err
}

// speaksTLS reports whether the server speaks TLS. Its certificate does not matter, since nothing is sent.
func (t *target) speaksTLS(ctx context.Context, bound time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Control: egress.Control}, Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(ctx, t.network, t.addrs[0])
	if err == nil {
		_ = conn.Close()
	}
	var alert *net.OpError
	return err == nil || errors.As(err, &alert) && alert.Op == "remote error"
}

// greetingError returns what the reply to a greeting means: that the server is not Redis, or why Redis rejects the connection;
// err if it says neither.
func greetingError(said string, err error) error {
	line, _, _ := bytes.Cut([]byte(said), []byte("\r\n"))
	text := string(line[1:])
	switch {
	case line[0] == '-' && hasAnyPrefix(text, []string{"DENIED", "ERR max number of clients", "LOADING", "MASTERDOWN"}):
		return replyError(text)
	case line[0] == '-' || line[0] == '+':
		return err
	}
	return errors.New("redis: can't parse what answers")
}
