// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	sessionCookieName = "tempskv_session"
	csrfHeader        = "X-Csrf-Token"
)

var (
	errForeignPage = kv.Refuse(kv.ErrUnauthorized, "a call with the session's cookie has to come from this server's own pages; "+
		"a proxy before it has to pass the header Host on")
	errNoCSRF = kv.Refuse(kv.ErrUnauthorized, "a call with the session's cookie needs the header X-CSRF-Token, as "+
		"GET /api/session returns it")
)

// sessionCookie returns the cookie of a session, empty if there is not just one.
func sessionCookie(r *http.Request) access.Token {
	if _, ok := r.Header["Cookie"]; !ok {
		return ""
	}
	cookies := r.CookiesNamed(sessionCookieName)
	if len(cookies) != 1 {
		return ""
	}
	return access.Token(cookies[0].Value)
}

// checkOrigin refuses what a browser sends on behalf of another page. Of a call that changes something the browser
// has to say where it comes from. Only the host is compared: behind a proxy that ends TLS the scheme is not known.
func checkOrigin(r *http.Request) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return errForeignPage
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return nil
		}
		return errForeignPage
	}
	u, err := url.Parse(origin)
	if err != nil || !strings.EqualFold(u.Host, r.Host) {
		return errForeignPage
	}
	return nil
}

// fromOwnPage reports whether the browser says that a page of this server asks, which no other page can make it say. To a
// server without TLS, unless it is on the same machine, it sends no Sec-Fetch-Site: a link has to let it send Referer.
func fromOwnPage(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	u, err := url.Parse(r.Header.Get("Referer"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// checkCSRF refuses a call that does not know what only the session's own page knows, and, of those that change something,
// one that a form could have sent.
func checkCSRF(r *http.Request, s access.Session) error {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(csrfHeader)), []byte(s.CSRF)) != 1 {
		return errNoCSRF
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && len(r.Header["Content-Type"]) == 0 {
		return kv.ErrUnsupportedMedia
	}
	return nil
}

// encrypted reports whether the browser uses TLS, to this server or to a proxy in front of it.
func encrypted(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}
