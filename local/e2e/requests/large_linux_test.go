// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// largest is the size of the largest value.
const largest = 10 << 20

// largeValue returns a value of that many bytes, different by n, that nothing may write another way.
func largeValue(n, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%d", n)
	const parts = `,1.0,1E5,-0,"é\u00e9\/</script>&\ud83d\ude00 ",{"b":1,"a":2,"a":3},12345678901234567890.10,null,true`
	for b.Len() < size-len(parts)-4 {
		b.WriteString(parts)
	}
	b.WriteString(`,"`)
	b.WriteString(strings.Repeat("x", size-b.Len()-2))
	b.WriteString(`"]`)
	return b.String()
}

// TestLargeValues sends the largest values and reads them back, several at once, byte for byte.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		_, token := s.CreateProject("p")
		c := s.As(token)
		const clients = 8
		var all sync.WaitGroup
		for n := range clients {
			all.Go(func() {
				value := largeValue(n, largest)
				r := c.KV(t, "set", fmt.Sprintf(`{"key":"large%d","value":%s}`, n, value))
				if r.Status != http.StatusOK {
					t.Errorf("set %d bytes: %s", len(value), r)
				}
				r = c.KV(t, "get", e2e.Object{"key": fmt.Sprint("large", n)})
				if got := string(bytes.TrimSpace(r.Body)); got != `{"value":`+value+`}` {
					t.Errorf("%d bytes come back as %d that are not the same", len(value), len(got))
				}
			})
		}
		all.Wait()
		larger := `{"key":"larger","value":` + largeValue(0, largest+1) + `}`
		c.ExpectProblem(t, "set", larger, http.StatusRequestEntityTooLarge, "too_large")
		two := e2e.Object{"keys": []string{"large0", "large1"}}
		c.ExpectProblem(t, "mget", two, http.StatusRequestEntityTooLarge, "too_large")
		leaveMidway(t, s, token)
		memoryComesBack(s, c)
	})
}

// leaveMidway has clients go while they send a large value, and while they are sent one.
func leaveMidway(t *testing.T, s *e2e.Server, token string) {
	t.Helper()
	for n := range 8 {
		w := connect(s, t)
		fmt.Fprintf(w, "%sContent-Length: %d\r\n\r\n", head(token), largest)
		_, _ = io.WriteString(w, `{"key":"left","value":`+largeValue(n, largest/2))
		w.Close()
		w = connect(s, t)
		body := `{"key":"large0"}`
		fmt.Fprintf(w, "%sContent-Length: %d\r\n\r\n%s", strings.Replace(head(token), "/set", "/get", 1), len(body), body)
		if status := w.answered(); status != http.StatusOK {
			t.Errorf("get: %d", status)
		}
		w.Close()
	}
	s.As(token).Expect(t, "exists", e2e.Object{"keys": []string{"left"}}, `{"exists":0}`)
}

// memoryComesBack fails the test if the server keeps what large values took. The bound is rough: the collector lets the
// heap grow to five times the 20 to 25 MiB that live in it, and SQLite has its own caches. There is work for
// the collector during the test: otherwise it runs only every two minutes.
func memoryComesBack(s *e2e.Server, c e2e.Caller) {
	s.T.Helper()
	const bound = 200 << 20
	now, peak := s.Memory()
	work := e2e.Object{"key": "work", "value": strings.Repeat("x", 100<<10)}
	e2e.Eventually(s.T, "the memory to come back", func() string {
		c.KV(s.T, "set", work)
		if now, _ = s.Memory(); now > bound {
			return fmt.Sprintf("%d MiB are resident, %d were at the peak", now>>20, peak>>20)
		}
		return ""
	})
	s.T.Logf("%d MiB are resident after %d at the peak", now>>20, peak>>20)
}
