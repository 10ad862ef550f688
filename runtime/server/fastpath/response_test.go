// SPDX-License-Identifier: Apache-2.0

package fastpath_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

// pieces is a connection that keeps what was written to it at once.
type pieces []string

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, string(b))
	return len(b), nil
}

func (*pieces) SetReadDeadline(time.Time) error  { return nil }
func (*pieces) SetWriteDeadline(time.Time) error { return nil }

func TestResponseIsSentAtOnce(t *testing.T) {
	for _, length := range []int{0, 1, 2048, 2049, 4096, 16 << 10} {
		var got pieces
		var w fastpath.Response
		w.Begin(&got, &fastpath.Body{}, &fastpath.Dates{})
		w.Header().Set("Content-Length", strconv.Itoa(length))
		body := strings.Repeat("v", length)
		_, _ = w.Write([]byte(body))
		if !w.Finish() {
			t.Errorf("%d bytes: the connection cannot be used again", length)
		}
		w.End()
		if len(got) != 1 || !strings.HasSuffix(got[0], "\r\n\r\n"+body) {
			t.Errorf("%d bytes: sent in %d pieces", length, len(got))
		}
	}
}
