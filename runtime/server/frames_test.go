// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/tempskv/tempskv/runtime/server"
)

// answerAll reads bodies to their end and answers with as much.
var answerAll = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.TLS == nil {
		w.WriteHeader(http.StatusTeapot)
	}
	_, _ = w.Write(body)
})

// TestFramesThatAskForNothing has an HTTP/2 client send many frames that cost it nothing. It is read slowly, and still answered.
func TestFramesThatAskForNothing(t *testing.T) {
	t.Parallel()
	const sent = 2000
	for name, send := range map[string]func(f *http2.Framer, i int) error{
		"PING":     func(f *http2.Framer, _ int) error { return f.WritePing(false, [8]byte{}) },
		"SETTINGS": func(f *http2.Framer, _ int) error { return f.WriteSettings() },
		"PRIORITY": func(f *http2.Framer, i int) error {
			return f.WritePriority(uint32(2*i+1), http2.PriorityParam{Weight: 1})
		},
		"WINDOW_UPDATE": func(f *http2.Framer, _ int) error { return f.WriteWindowUpdate(0, 1) },
		"unknown":       func(f *http2.Framer, _ int) error { return f.WriteRawFrame(99, 0, 0, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, stop := speakInMemory(t)
				defer stop()
				headers := make(chan struct{})
				go func() {
					defer close(headers)
					for {
						frame, err := f.ReadFrame()
						if err != nil {
							t.Error(err)
							return
						}
						if frame.Header().Type == http2.FrameHeaders {
							return
						}
					}
				}()
				began := time.Now()
				for i := range sent {
					if err := send(f, i); err != nil {
						t.Fatal(err)
					}
				}
				request(t, f, 2*sent+1)
				<-headers
				if took := time.Since(began); took < 2*time.Second || took > 5*time.Second {
					t.Errorf("%d frames took %s", sent, took)
				}
			})
		})
	}
}

// speakInMemory speaks HTTP/2 with a new server.
func speakInMemory(t *testing.T) (f *http2.Framer, stop func()) {
	t.Helper()
	cert, key := writeCertificate(t)
	p, end := start(t, server.Config{CertFile: cert, KeyFile: key}, answerAll)
	c, err := p.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return speak(t, c), func() {
		_ = c.Close()
		if err := end(); err != nil {
			t.Error(err)
		}
	}
}

// TestCanceledRequests has an HTTP/2 client cancel each request at once. It is read slowly.
func TestCanceledRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, stop := speakInMemory(t)
		defer stop()
		go func() {
			for {
				if _, err := f.ReadFrame(); err != nil {
					return
				}
			}
		}()
		began := time.Now()
		for i := range uint32(1000) {
			begin(t, f, http2.HeadersFrameParam{StreamID: 2*i + 1, EndHeaders: true})
			if err := f.WriteRSTStream(2*i+1, http2.ErrCodeCancel); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 2*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// TestUsefulFramesAreNotHeldUp has an HTTP/2 client do much, none of which waits.
func TestUsefulFramesAreNotHeldUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cert, key := writeCertificate(t)
		p, stop := start(t, server.Config{CertFile: cert, KeyFile: key}, answerAll)
		tr := &http.Transport{ForceAttemptHTTP2: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, err := p.dial(ctx, "", "")
			if err != nil {
				return nil, err
			}
			secured := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
			return secured, secured.HandshakeContext(ctx)
		}}
		client := &http.Client{Transport: tr}
		began := time.Now()
		send := func(size int) {
			res, err := client.Post("https://server/", "", bytes.NewReader(make([]byte, size)))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if n, err := io.Copy(io.Discard, res.Body); n != int64(size) || err != nil || res.ProtoMajor != 2 || res.StatusCode != http.StatusOK {
				t.Fatal(res, n, err)
			}
		}
		for range 3000 {
			send(10)
		}
		send(16 << 20)
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
		tr.CloseIdleConnections()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
