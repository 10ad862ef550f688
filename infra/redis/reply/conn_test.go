// SPDX-License-Identifier: Apache-2.0

package reply_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tempskv/tempskv/infra/redis/reply"
)

// limits are those of these tests.
var limits = reply.Limits{String: 1000, Total: 10_000, Short: 10}

// stream is a connection from which r is read.
type stream struct {
	net.Conn
	r io.Reader
}

func (s stream) Read(b []byte) (int, error)  { return s.r.Read(b) }
func (s stream) Write(b []byte) (int, error) { return len(b), nil }

// bulk returns a string of that length as a reply.
func bulk(n int) string { return fmt.Sprintf("$%d\r\n%s\r\n", n, strings.Repeat("\n", n)) }

// readAll reads a stream in parts of several sizes, and returns what passes. It fails if the size makes a difference.
func readAll(t *testing.T, replies string) (passed string, err error) {
	t.Helper()
	for i, read := range []func(io.Reader) io.Reader{
		func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader, iotest.HalfReader,
	} {
		for _, size := range []int{1, 3, 33, 1 << 20} {
			conn := reply.Bound(stream{r: read(strings.NewReader(replies))}, nil, limits)
			var all bytes.Buffer
			_, end := io.CopyBuffer(&all, struct{ io.Reader }{conn}, make([]byte, size))
			_, again := conn.Read(make([]byte, 10))
			switch {
			case i == 0 && size == 1:
				passed, err = all.String(), end
			case len(replies) > 0 && end != nil && all.Len() != len(passed): // how much of the reply that fails passes may differ
			case all.String() != passed:
				t.Fatalf("in parts of %d: %q\nwant %q", size, all.String(), passed)
			}
			if fmt.Sprint(end) != fmt.Sprint(err) || end != nil && !errors.Is(again, end) {
				t.Fatalf("in parts of %d: %v, then %v, want %v", size, end, again, err)
			}
		}
	}
	return passed, err
}

// TestReplies checks that usual replies pass unchanged.
func TestReplies(t *testing.T) {
	t.Parallel()
	for _, replies := range []string{
		"", "+PONG\r\n", "-ERR $5\r\n", ":1\r\n", bulk(0), bulk(1000), "$-1\r\n", "*-1\r\n", "*0\r\n",
		"*3\r\n" + bulk(1) + "*2\r\n:1\r\n$-1\r\n*1\r\n*0\r\n" + bulk(3),
		"%1\r\n+a\r\n*2\r\n:1\r\n:2\r\n~1\r\n#t\r\n>2\r\n+a\r\n+b\r\n", "|1\r\n+a\r\n+b\r\n" + bulk(5) + "=8\r\ntxt:text\r\n",
		",1.5\r\n_\r\n(123456\r\n!3\r\nERR\r\n", strings.Repeat(bulk(10), 500), "HTTP/1.1 400 Bad Request\r\n\r\n",
		strings.Repeat("*1\r\n", 32) + ":1\r\n", "*100\r\n" + strings.Repeat(":1\r\n", 100) + "+OK\r\n", bulk(3) + "$10\r\ncut of",
	} {
		if got, err := readAll(t, replies); got != replies || err != nil {
			t.Errorf("%.60q: %q, %v", replies, got, err)
		}
	}
}

// TestDropped checks that a long string becomes an error reply, and that the replies around it pass.
func TestDropped(t *testing.T) {
	t.Parallel()
	const tooLong = "-" + reply.TooLong + " 1001\r\n"
	for replies, want := range map[string]string{
		bulk(1001): tooLong,
		"+a\r\n" + bulk(1001) + bulk(2) + bulk(1001) + bulk(1001) + ":1\r\n": "+a\r\n" + tooLong + bulk(2) + tooLong + tooLong + ":1\r\n",
		"=1001\r\n" + strings.Repeat("$", 1001) + "\r\n+b\r\n":               tooLong + "+b\r\n",
		bulk(100_000): "-" + reply.TooLong + " 100000\r\n",
		strings.Repeat(bulk(1000), 12) + bulk(5): strings.Repeat(bulk(1000), 10) +
			strings.Repeat("-"+reply.Later+" 1000\r\n", 2) + bulk(5),
		// What others asked for in the same pipeline is not affected.
		strings.Repeat(bulk(1000), 10) + ":1\r\n+OK\r\n$-1\r\n*1\r\n" + bulk(900) + bulk(10) + bulk(11) + strings.Repeat("+OK\r\n", 3000): strings.Repeat(bulk(1000), 10) +
			":1\r\n+OK\r\n$-1\r\n*1\r\n" + bulk(900) + bulk(10) + "-" + reply.Later + " 11\r\n" + strings.Repeat("+OK\r\n", 3000),
	} {
		if got, err := readAll(t, replies); got != want || err != nil {
			t.Errorf("%.60q: %q, %v, want %q", replies, got, err, want)
		}
	}
}

// TestAnnounced checks that a connection fails before the client reads what it would allocate too much for.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	for replies, says := range map[string]string{
		"$1099511627776\r\n":                           "announces a string of 1099511627776, and at most 10000 are read",
		"$536870913\r\n":                               "a string of 536870913",
		"=1099511627776\r\n":                           "a string of 1099511627776",
		"!1099511627776\r\n":                           "a string of 1099511627776",
		"*1099511627776\r\n":                           "announces an array of 1099511627776, and at most 156 are read",
		"*9223372036854775807\r\n":                     "an array of 9223372036854775807",
		"%9223372036854775807\r\n":                     "an array of 9223372036854775807",
		"%80\r\n":                                      "an array of 80",
		"~157\r\n":                                     "an array of 157",
		">157\r\n":                                     "an array of 157",
		"|80\r\n":                                      "an array of 80",
		"*2\r\n:1\r\n$1099511627776\r\n":               "a string of 1099511627776",
		"*2\r\n*1\r\n:1\r\n*200\r\n":                   "an array of 200",
		"*12\r\n" + strings.Repeat(bulk(900), 12):      "a string of 900",
		"*100\r\n" + strings.Repeat("*10\r\n", 10):     "an array of 10",
		strings.Repeat("*1\r\n", 33):                   "sends arrays in arrays",
		strings.Repeat("|0\r\n", 33):                   "sends arrays in arrays",
		"*9\r\n+" + strings.Repeat("a", 9990) + "\r\n": "too many lines",
		"+" + strings.Repeat("a", 70_000):              "a line that does not end",
		"$" + strings.Repeat("1", 70):                  "can't parse",
		"$12a\r\n":                                     "can't parse",
		"$-2\r\n":                                      "can't parse",
		"*\r\n":                                        "can't parse",
		"$5\n":                                         "can't parse",
		"|-1\r\n":                                      "can't parse",
		"$99999999999999999999\r\n":                    "can't parse",
		"$" + strings.Repeat("0", 40) + "5\r\nhello\r\n": "can't parse",
	} {
		const before = "+before\r\n"
		got, err := readAll(t, before+replies)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(got, before) {
			t.Errorf("%.60q: %q, %v, want %q", replies, got, err, says)
		}
		if _, ok := errors.AsType[*reply.Error](err); ok == strings.Contains(says, "can't parse") {
			t.Errorf("%.60q: %T", replies, err)
		}
	}
}

// TestLine checks the bound of a line.
func TestLine(t *testing.T) {
	t.Parallel()
	line := "+" + strings.Repeat("a", 64<<10)
	conn := reply.Bound(stream{r: strings.NewReader(line)}, nil, reply.Limits{String: 1, Total: 1 << 30})
	_, err := io.Copy(io.Discard, conn)
	if err == nil || !strings.Contains(err.Error(), "a line that does not end, and at most 65536 are read") {
		t.Error(err)
	}
}

// TestWrite checks that the limits hold again for the replies to the next commands.
func TestWrite(t *testing.T) {
	t.Parallel()
	conn := reply.Bound(stream{r: strings.NewReader(strings.Repeat(bulk(990), 30))}, nil, limits)
	for i := range 3 {
		if _, err := conn.Write([]byte("GET")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 10*len(bulk(990)))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != strings.Repeat(bulk(990), 10) {
			t.Fatalf("%d: %v: %.100q", i, err, got)
		}
	}
}

// TestWriteWhileReading writes while another goroutine reads, as a subscription to a Sentinel does that pings a server which
// says nothing for a while. The race detector sees what both touch.
func TestWriteWhileReading(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	conn := reply.Bound(near, nil, limits)
	const pings = 100
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(conn, make([]byte, pings*len("+PONG\r\n")))
		ended <- err
	}()
	for range pings {
		if _, err := io.WriteString(far, "+PONG\r\n"); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(conn, "PING\r\n") }()
		if _, err := io.ReadFull(far, make([]byte, len("PING\r\n"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// BenchmarkScan measures what following replies costs.
func BenchmarkScan(b *testing.B) {
	for name, one := range map[string]string{"100": bulk(100), "OK": "+OK\r\n", "10k": bulk(10_000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			replies := strings.Repeat(one, max(1, 20_000/len(one)))
			r := strings.NewReader(replies)
			conn := reply.Bound(stream{r: r}, nil, reply.Limits{String: 1 << 20, Total: 1 << 40})
			buffer := make([]byte, 32<<10)
			n := 0
			for b.Loop() {
				r.Reset(replies)
				_, _ = conn.Read(buffer)
				n += len(replies) / len(one)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/reply")
		})
	}
}
