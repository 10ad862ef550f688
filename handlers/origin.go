// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	sessionCookieName = "tempskv_session"
	hostCookiePrefix  = "__Host-" // browsers accept such a cookie only over TLS, from the host itself
	csrfHeader        = "X-Csrf-Token"
)

var (
	errForeignPage = kv.Refuse(kv.ErrUnauthorized, "a call with the session's cookie has to come from this server's own pages; "+
		"a proxy before it has to pass the header Host on")
	errNoSecret = kv.Refuse(kv.ErrUnauthorized, "a call with the session's cookie needs the header X-CSRF-Token, as "+
		"POST /api/session returned it")
)

// sessionCookies returns the hashes of all cookies that may be a session's. Other ports of the host can set some too, of any
// name and number: none of them is taken for the one. Each is looked up once.
func sessionCookies(r *http.Request) (all []access.TokenHash) {
	if _, ok := r.Header["Cookie"]; !ok {
		return nil
	}
	for _, c := range r.Cookies() {
		name, host := strings.CutPrefix(c.Name, hostCookiePrefix)
		if !strings.HasPrefix(name, sessionCookieName) || provenEncrypted(r) && !host {
			continue
		}
		if t := access.Token(c.Value); t.Made(access.SessionCookie) && !slices.Contains(all, t.Hash()) {
			all = append(all, t.Hash())
		}
	}
	return all
}

// cookieName returns the name of the cookie of a session. It has the port, so that two servers on one machine do not end
// each other's sessions, and the base path where the path of the cookie cannot tell two servers apart.
func (a *API) cookieName(r *http.Request) string {
	name := sessionCookieName
	if port := (&url.URL{Host: r.Host}).Port(); port != "" {
		name += "_" + port
	}
	if encrypted(r) {
		name = hostCookiePrefix + name + strings.ReplaceAll(a.basePath, "/", ".")
	}
	return name
}

// cookiePath returns the path of the cookie of a session. With hostCookiePrefix browsers accept no other than /.
func (a *API) cookiePath(r *http.Request) string {
	if a.basePath == "" || encrypted(r) {
		return "/"
	}
	return a.basePath
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

// checkForm refuses, of the calls that change something, one that a form could have sent.
func checkForm(r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && len(r.Header["Content-Type"]) == 0 {
		return kv.ErrUnsupportedMedia
	}
	return nil
}

// encrypted reports whether the browser uses TLS, to this server or to a proxy in front of it.
func encrypted(r *http.Request) bool {
	return provenEncrypted(r) || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}

// provenEncrypted is encrypted without the word of the browser, which not every call has: by the connection or, where proxies
// lead to one another, by the first of them. The runtime removes the header if no trusted proxy sent it.
func provenEncrypted(r *http.Request) bool {
	proto, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return r.TLS != nil || strings.EqualFold(strings.TrimSpace(proto), "https")
}
