// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

func gatewayEnds(t *testing.T) result {
	return endGateway(t, e2e.External(redistest.Start(t, e2e.FsyncAlways...).URL))
}

func embeddedEnds(t *testing.T) result { return endGateway(t, e2e.Object{"engine": "embedded"}) }

// endGateway ends the gateway with SIGTERM, and starts another when it has ended.
func endGateway(t *testing.T, store e2e.Object) result {
	g := newGateway(t, store, "--drain-delay", "3s")
	c := g.As(g.tokens[0])
	v := faultCase{inject: func(int, *workload.Workload) (hit, over time.Time) {
		begun := beginRequest(g.Server, c.Token)
		g.Signal(syscall.SIGTERM)
		hit = time.Now()
		e2e.Eventually(t, "readiness to fail", func() string {
			if r := g.As("").Do(t, http.MethodGet, "/readyz", nil); r.Status != http.StatusServiceUnavailable {
				return r.String()
			}
			return ""
		})
		// Connections are still taken, since those who watch readiness have not all seen it yet.
		c.Expect(t, "set", e2e.Object{"key": "late", "value": 1}, `{"result":"OK"}`)
		e2e.Eventually(t, "the server to take no more connections", func() string {
			c, err := net.Dial("tcp", g.Address())
			if err != nil {
				return ""
			}
			return fmt.Sprint("it takes one", c.Close())
		})
		begun.finish(t)
		g.AwaitExit()
		over = time.Now()
		g.again()
		return hit, over
	}}.on(t, g)
	c.Expect(t, "mget", e2e.Object{"keys": []string{"late", "begun"}}, `{"values":[1,"0123456789"]}`)
	return v
}

// begun is a request of which a part was sent.
type begun struct {
	net.Conn
	rest string
}

// beginRequest sends half of a set.
func beginRequest(s *e2e.Server, token string) begun {
	s.T.Helper()
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { c.Close() })
	body := `{"key":"begun","value":"0123456789"}`
	fmt.Fprintf(c, "POST /api/kv/set HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		token, len(body), body[:20])
	return begun{c, body[20:]}
}

// finish sends the rest, and fails the test if the request is not answered as if nothing had happened.
func (b begun) finish(t *testing.T) {
	t.Helper()
	_ = b.SetDeadline(time.Now().Add(e2e.Patience))
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
