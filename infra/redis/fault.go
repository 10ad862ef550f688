// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/egress"
	"github.com/tempskv/tempskv/infra/redis/reply"
)

// faults are errors of connections that say what is wrong, by a part of their text, and what to do; %s stands for the
// servers. The first match counts.
var faults = []struct{ text, says string }{
	{"cluster support disabled", "%s is not part of a Cluster: leave out cluster=true"},
	{"can't parse", "what answers at %s is not Redis: check host and port"},
	{"invalid reply", "what answers at %s is not Redis: check host and port"},
	{"first record does not look like a TLS handshake", "%s does not speak TLS: write redis:// instead of rediss://, or the " +
		"port that does (tls-port)"},
	{errWantsTLS.Error(), "%s expects TLS: write rediss:// instead of redis://"},
	{errIsSentinel.Error(), "%s is a Sentinel, and no Redis with data: write its address with ?sentinel= and the name of " +
		"the master"},
	{"certificate required", "%s asks for a client certificate: name one by cert and key in redis_url"},
	{"bad certificate", "%s refused the client certificate, or asks for one: check cert and key in redis_url"},
	{"unknown certificate authority", "%s refused the client certificate: its authority is none of those that the server " +
		"trusts (tls-ca-cert-file)"},
	{"error decrypting message", "%s refused the client certificate: it is not signed by the authority that it names"},
	{"expired certificate", "%s refused the client certificate: it has expired"},
	{"revoked certificate", "%s refused the client certificate: it was revoked"},
	{"unsupported certificate", "%s refused the client certificate: it is of an unsupported type"},
	{"protocol version not supported", "%s speaks an older TLS than 1.2: check its tls-protocols"},
	{"handshake failure", "%s and tempskv have no TLS version or cipher in common, or it asks for a client certificate " +
		"(cert and key in redis_url)"},
}

var (
	errWantsTLS   = errors.New("the server expects TLS")
	errIsSentinel = errors.New("the server is a Sentinel")
)

// faultOf returns a Refusal for an error that says what is wrong with the servers, nil for other errors.
func faultOf(servers string, err error) error {
	var certificate *tls.CertificateVerificationError
	var forbidden *egress.Error
	var announced *reply.Error
	switch {
	case errors.As(err, &forbidden):
		return kv.Refuse(kv.ErrInvalid, "redis_url leads to %v", forbidden)
	case errors.As(err, &announced):
		return kv.Refuse(kv.ErrUnavailable, "what answers at %s %v: check that it is your Redis", servers, announced)
	case errors.As(err, &certificate):
		return kv.Refuse(kv.ErrUnavailable, "the TLS certificate of %s was refused: %v; name the authority by ca in redis_url, "+
			"or the server as its certificate does", servers, certificate.Err)
	}
	for _, f := range faults {
		if strings.Contains(err.Error(), f.text) {
			return kv.Refuse(kv.ErrUnavailable, f.says, servers)
		}
	}
	if refusal, ok := errors.AsType[*kv.Refusal](err); ok {
		return refusal
	}
	return nil
}

// explain returns a Refusal for an error of connecting to servers or of a command.
func (t *target) explain(ctx context.Context, err error) error {
	text := err.Error()
	switch {
	case t.sentinel != "" && (strings.Contains(text, "not know the command SENTINEL") || strings.Contains(text, goredis.Nil.Error())):
		return kv.Refuse(kv.ErrUnavailable, "%s is no Sentinel, or knows no master of that name", t)
	case strings.Contains(text, "not know the command SELECT"): // which has no databases
		err = errIsSentinel
	}
	if known := faultOf(t.String(), err); known != nil {
		return known
	}
	if isUnclear(err) || expired(ctx) {
		if known := faultOf(t.String(), t.diagnose(ctx, err)); known != nil {
			return known
		}
	}
	check := "host, port and firewall"
	if t.tls != nil {
		check += ", and whether it speaks TLS there"
	}
	if isTimeout(err) || expired(ctx) {
		return kv.Refuse(kv.ErrTimeout, "%s did not answer in time: check %s", t, check)
	}
	return kv.Refuse(kv.ErrUnavailable, "%s cannot be reached%s: check that it runs, %s", t, reason(err), check)
}

// isUnclear reports whether an error does not say what is wrong: a closed connection, or a timeout.
func isUnclear(err error) bool {
	if isTimeout(err) {
		return true
	}
	for _, unclear := range []error{syscall.ECONNRESET, syscall.EPIPE, os.ErrDeadlineExceeded} {
		if errors.Is(err, unclear) {
			return true
		}
	}
	return strings.Contains(err.Error(), "EOF")
}
