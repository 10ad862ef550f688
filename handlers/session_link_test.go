// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
)

// A link signs one browser in as the key that made it, once, while there is another link.
func TestSessionLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	made := w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"reader","permissions":["SystemRead"]}`)
	reader, id := made["token"].(string), made["id"].(string)
	link := func(token string) string {
		t.Helper()
		return w.want(201, token, "POST", "/api/session/link", "")["code"].(string)
	}
	first, second, printed := link(reader), link(reader), string(w.invite())
	for _, code := range []string{first, second} {
		b := w.browse()
		b.signIn(code)
		if got := b.send("GET", "/api/session", "").Body.String(); !strings.Contains(got, `"name":"reader"`) ||
			!strings.Contains(got, `"permissions":["SystemRead"]`) {
			t.Errorf("got %s", got)
		}
		w.browse().want(401, "unauthorized", "POST", "/api/session", `{"token":"`+code+`"}`)
	}
	w.browse().signIn(printed)

	b, late := w.browse(), link(reader)
	b.signIn(link(reader))
	b.signIn(b.link())
	b.want(200, "", "GET", "/api/session", "")
	w.want(204, w.admin, "DELETE", "/api/api-keys/"+id, "")
	b.want(401, "unauthorized", "GET", "/api/session", "")
	w.browse().want(401, "unauthorized", "POST", "/api/session", `{"token":"`+late+`"}`)
}

// link makes a link from the page of a session.
func (p *page) link() string {
	p.w.t.Helper()
	answer := p.send("POST", "/api/session/link", "")
	_, rest, _ := strings.Cut(answer.Body.String(), `"code":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

// The command line's own token ends with the server, and its sessions do not.
func TestSessionLinkOfTheCommandLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	local := access.NewToken(access.APIKey)
	w.control.AddLocal(*access.CommandLine(), local.Hash())
	b := w.browse()
	b.signIn(w.want(201, string(local), "POST", "/api/session/link", "")["code"].(string))
	if got := b.send("GET", "/api/session", "").Body.String(); !strings.Contains(got, `"id":"setup"`) {
		t.Errorf("got %s", got)
	}
}
