// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func gatewayEnds(t *testing.T) verdict {
	return endGateway(t, at(redistest.Start(t, durable...).URL))
}

func embeddedEnds(t *testing.T) verdict { return endGateway(t, object{"engine": "embedded"}) }

// endGateway ends the gateway with SIGTERM, and starts another when it has ended.
func endGateway(t *testing.T, store object) verdict {
	g := newGateway(t, store, "--drain-delay", "3s")
	c := g.as(g.tokens[0])
	v := trial{strike: func(int, *fleet) (hit, over time.Time) {
		begun := g.beginRequest(c.token)
		g.signal(syscall.SIGTERM)
		hit = time.Now()
		eventually(t, "readiness to fail", func() string {
			if r := g.as("").do(t, http.MethodGet, "/readyz", nil); r.status != http.StatusServiceUnavailable {
				return r.String()
			}
			return ""
		})
		// Connections are still taken, since those who watch readiness have not all seen it yet.
		c.wants(t, "set", object{"key": "late", "value": 1}, `{"result":"OK"}`)
		eventually(t, "the server to take no more connections", func() string {
			c, err := net.Dial("tcp", g.address())
			if err != nil {
				return ""
			}
			return fmt.Sprint("it takes one", c.Close())
		})
		begun.finish(t)
		g.awaitExit()
		over = time.Now()
		g.again()
		return hit, over
	}}.on(t, g)
	c.wants(t, "mget", object{"keys": []string{"late", "begun"}}, `{"values":[1,"0123456789"]}`)
	return v
}

// address returns the host and port that the server listens on.
func (s *server) address() string { return strings.TrimPrefix(s.url, "http://") }

// begun is a request of which a part was sent.
type begun struct {
	net.Conn
	rest string
}

// beginRequest sends half of a set.
func (s *server) beginRequest(token string) begun {
	s.t.Helper()
	c, err := net.Dial("tcp", s.address())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	body := `{"key":"begun","value":"0123456789"}`
	fmt.Fprintf(c, "POST /api/kv/set HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		token, len(body), body[:20])
	return begun{c, body[20:]}
}

// finish sends the rest, and fails the test if the request is not answered as if nothing had happened.
func (b begun) finish(t *testing.T) {
	t.Helper()
	_ = b.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(b, b.rest); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(b), nil)
	if err != nil {
		t.Fatalf("the request that was under way: %v", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the request that was under way is answered %s", res.Status)
	}
}
