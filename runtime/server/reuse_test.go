// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/runtime/server"
)

// withToken is a request that only its token, of three characters, tells from others.
func withToken(token string) string {
	return strings.Replace(plainRequest, "\r\n\r\n", "\r\nAuthorization: "+token+"\r\n\r\n", 1)
}

// TestHeadsOfOneLength sends heads on one connection, as a proxy does for many clients, that differ in the token alone.
func TestHeadsOfOneLength(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	var sent string
	var want []string
	for _, token := range []string{"aaa", "bbb", "aaa", "aaa", "bbb"} {
		sent += withToken(token)
		want = append(want, "200 "+token)
	}
	if got := exchange(t, s, sent); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRequestsAreTheirOwn has handlers of many connections meet in pairs, and read their request again: no other one has taken its
// memory meanwhile.
func TestRequestsAreTheirOwn(t *testing.T) {
	t.Parallel()
	const connections, rounds = 20, 5
	meet := make(chan struct{})
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read := func() string { return r.Header.Get("Authorization") + " for " + r.Host + r.URL.String() }
		before := read()
		select {
		case meet <- struct{}{}:
		case <-meet:
		case <-r.Context().Done(): // the last one is alone
		}
		if after := read(); after != before {
			t.Errorf("%q became %q", before, after)
		}
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	var all sync.WaitGroup
	for i := range connections {
		token := fmt.Sprintf("%03d", i)
		all.Go(func() {
			got := exchange(t, s, strings.Repeat(withToken(token), rounds))
			if want := slices.Repeat([]string{"200 " + token}, rounds); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	all.Wait()
}
