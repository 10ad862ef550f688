// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/tempskv/tempskv/runtime/server"
)

// speak speaks HTTP/2 over TLS on a connection.
func speak(t *testing.T, over net.Conn) *http2.Framer {
	t.Helper()
	c := tls.Client(over, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(c, c)
	if err := f.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBoundsOfHTTP2 looks at what the server lets a client do.
func TestBoundsOfHTTP2(t *testing.T) {
	t.Parallel()
	s, _ := secure(t, server.Config{}, http.NotFoundHandler())
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := speak(t, c)
	frame, err := f.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("the first frame is %v", frame)
	}
	for id, most := range map[http2.SettingID]uint32{
		http2.SettingMaxConcurrentStreams: 100,
		http2.SettingInitialWindowSize:    256 << 10,
		http2.SettingMaxFrameSize:         16 << 10,
		http2.SettingMaxHeaderListSize:    32 << 10,
	} {
		if got, ok := settings.Value(id); !ok || got > most {
			t.Errorf("%v is %d, want at most %d", id, got, most)
		}
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if window, ok := frame.(*http2.WindowUpdateFrame); ok && window.StreamID == 0 {
			if got := window.Increment + 65535; got > 1<<20 {
				t.Errorf("the connection may send %d bytes that nobody reads", got)
			}
			return
		}
	}
}
