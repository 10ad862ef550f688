// SPDX-License-Identifier: Apache-2.0

package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientBehindProxies(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::5/128")}
	for name, tt := range map[string]struct {
		from, want string
		headers    []string
	}{
		"no proxy":                {"192.0.2.1:5", "192.0.2.1:5", nil},
		"a client that lies":      {"192.0.2.1:5", "192.0.2.1:5", []string{"198.51.100.1"}},
		"one proxy":               {"10.0.0.1:5", "198.51.100.1:0", []string{"198.51.100.1"}},
		"what the client wrote":   {"10.0.0.1:5", "198.51.100.1:0", []string{"203.0.113.1, 10.9.9.9,198.51.100.1"}},
		"two proxies":             {"10.0.0.1:5", "198.51.100.1:0", []string{"203.0.113.1, 198.51.100.1, 10.0.0.2"}},
		"several lines":           {"10.0.0.1:5", "198.51.100.1:0", []string{"203.0.113.1, 198.51.100.1", "10.0.0.2"}},
		"IPv6":                    {"[2001:db8::5]:5", "[2001:db8::6]:0", []string{"2001:db8::6"}},
		"ports":                   {"10.0.0.1:5", "[2001:db8::6]:0", []string{"203.0.113.1:80, [2001:db8::6]:80, 10.0.0.2:99"}},
		"brackets":                {"10.0.0.1:5", "[2001:db8::6]:0", []string{"[2001:db8::6]"}},
		"IPv4 as IPv6":            {"[::ffff:10.0.0.1]:5", "198.51.100.1:0", []string{"::ffff:198.51.100.1"}},
		"no header":               {"10.0.0.1:5", "10.0.0.1:0", nil},
		"an empty header":         {"10.0.0.1:5", "10.0.0.1:0", []string{""}},
		"proxies alone":           {"10.0.0.1:5", "10.0.0.3:0", []string{"10.0.0.3, 10.0.0.2"}},
		"what is no address":      {"10.0.0.1:5", "10.0.0.2:0", []string{"198.51.100.1, unknown, 10.0.0.2"}},
		"an attempt to write":     {"10.0.0.1:5", "10.0.0.1:0", []string{"198.51.100.1, x\ny"}},
		"a socket without a name": {"@", "@", []string{"198.51.100.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Server{cfg: Config{TrustedProxies: trusted}}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.from
			r.Header["X-Forwarded-For"] = tt.headers
			got := ""
			s.behindProxies(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).
				ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// How the client reached a proxy is believed of trusted ones alone, whatever address the request names.
func TestSchemeBehindProxies(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
	for name, tt := range map[string]struct {
		trusted []netip.Prefix
		from    string
		want    string
	}{
		"no proxy is trusted": {nil, "10.0.0.1:5", ""},
		"a client that lies":  {proxy, "192.0.2.1:5", ""},
		"a trusted proxy":     {proxy, "10.0.0.1:5", "https"},
		"no address":          {proxy, "@", ""},
	} {
		s := &Server{cfg: Config{TrustedProxies: tt.trusted}, log: slog.New(slog.DiscardHandler)}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.from
		r.Header = http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"10.0.0.1"}, "Forwarded": {"for=10.0.0.1;proto=https"}}
		got := ""
		s.behindProxies(s.wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("X-Forwarded-Proto") }))).
			ServeHTTP(httptest.NewRecorder(), r)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
