// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// authenticator identifies the caller. It runs before the body is read.
type authenticator func(*scope, context.Context) error

// authenticate identifies the caller, in the way of the operation.
func (sc *scope) authenticate(ctx context.Context) error { return sc.op.authenticate(sc, ctx) }

// byToken accepts a token or, from a browser, the cookie of a session with its secret.
func (sc *scope) byToken(ctx context.Context) (err error) {
	if _, ok := sc.request.Header["Authorization"]; !ok {
		if cookies := sessionCookies(sc.request); len(cookies) > 0 {
			return sc.resume(ctx, cookies, sc.bySecret)
		}
	}
	sc.principal, err = sc.api.control.Authenticate(ctx, bearer(sc.request))
	return err
}

// bearer returns the token of a request, empty if there is not exactly one.
func bearer(r *http.Request) access.Token {
	const scheme = "bearer "
	header := r.Header["Authorization"]
	if len(header) != 1 || len(header[0]) < len(scheme) || !strings.EqualFold(header[0][:len(scheme)], scheme) {
		return ""
	}
	return access.Token(strings.TrimLeft(header[0][len(scheme):], " "))
}

// checkPermission refuses a call whose token lacks the permission, or does not reach the project.
func (sc *scope) checkPermission(context.Context) error {
	return permitted(sc.principal, sc.op.need, sc.project)
}

// permitted returns an error if a caller lacks the permission, or does not reach the project, unless they are 0.
func permitted(p *access.Principal, need access.Permissions, project kv.ProjectID) error {
	if need != 0 && !p.Can(need) {
		return kv.Refuse(kv.ErrPermissionDenied, "this token lacks the permission %s", need)
	}
	if project != 0 && !p.CanReach(project) {
		return kv.Refuse(kv.ErrPermissionDenied, "this API key is narrowed to a list of projects, and %d is not on it",
			project)
	}
	return nil
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
