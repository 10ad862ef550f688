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

// greetTime bounds one look at what a server says to somebody that it does not know.
const greetTime = 500 * time.Millisecond

// look finds out, where err does not say it, what keeps the first server from answering: it greets it with a PING, with
// and without TLS. It returns an error that says more, or err.
func (t *target) look(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if t.tls == nil {
		if said, _ := t.greet(ctx, nil); said != "" {
			return greetingError(said, err)
		}
		if t.network == "tcp" && t.speaksTLS(ctx) {
			return errWantsTLS
		}
		return err
	}
	config, failed := t.files.load(t.tls)
	if failed != nil {
		return failed
	}
	said, failed := t.greet(ctx, config)
	if said != "" {
		return greetingError(said, err)
	}
	if said, _ := t.greet(ctx, nil); said != "" {
		return tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
	}
	if failed != nil && faultOf("", failed) != nil {
		return failed
	}
	return err
}

// greet sends a PING on a new connection and returns how the answer begins.
func (t *target) greet(ctx context.Context, config *tls.Config) (said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
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
	answer := make([]byte, 256)
	if config != nil { // a certificate is refused after the handshake, and what is sent then may lose the reason
		_ = conn.SetReadDeadline(time.Now().Add(time.Until(deadline) / 2))
		if n, err := conn.Read(answer); n > 0 || !isTimeout(err) {
			return string(answer[:n]), err
		}
	}
	_ = conn.SetDeadline(deadline)
	_, _ = conn.Write([]byte("PING\r\n")) // a server that closes the connection may have said why
	n, err := conn.Read(answer)
	return string(answer[:n]), err
}

// speaksTLS reports whether the server begins to speak TLS. Its certificate does not matter here: nothing is sent.
func (t *target) speaksTLS(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Control: egress.Control}, Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(ctx, t.network, t.addrs[0])
	if err == nil {
		_ = conn.Close()
	}
	var alert *net.OpError
	return err == nil || errors.As(err, &alert) && alert.Op == "remote error"
}

// greetingError returns what the answer to a greeting means: that somebody else than Redis answers, or why Redis refuses; err
// where it says neither.
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
