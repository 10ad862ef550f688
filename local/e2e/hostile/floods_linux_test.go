// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package hostile_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tempskv/tempskv/local/e2e"
)

// floodTime is how long a flood lasts that would not end by itself.
const floodTime = 5 * time.Second

// flood has n clients do something again and again.
func (v *victim) flood(n int, do func(i int)) {
	end := time.Now().Add(floodTime)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				do(i)
			}
		})
	}
	all.Wait()
}

// dial opens a connection, nil if the server does not take it.
func (v *victim) dial(protocols ...string) net.Conn {
	config := v.tls()
	config.NextProtos = protocols
	c, err := tls.Dial("tcp", v.host(), config)
	if err != nil {
		return nil
	}
	return c
}

// reconnects has clients send a request on a new connection whenever the last one was answered.
func (v *victim) reconnects(n int, request string) {
	v.flood(n, func(int) {
		if c := v.dial(); c != nil {
			_, _ = io.WriteString(c, request)
			_, _ = c.Read(make([]byte, 1<<10))
			_ = c.Close()
		}
	})
}

// refusedReconnects ask with a wrong token.
func refusedReconnects(v *victim) {
	v.reconnects(8, strings.Replace(v.head("/api/kv/get", 2), v.hostile, "dt_"+strings.Repeat("0", 37), 1)+"{}")
}

// memoryReconnects ask for more memory than is left.
func memoryReconnects(v *victim) {
	unfinishedBatches(v)
	v.reconnects(50, v.head("/api/kv/mset", 16<<20))
}

// refusals has 50 clients ask with wrong tokens on connections that stay open.
func refusals(v *victim) {
	transport := &http.Transport{TLSClientConfig: v.tls(), MaxIdleConnsPerHost: 50}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	v.flood(50, func(i int) {
		token := fmt.Sprintf("dt_%037d", i)
		r, err := http.NewRequest(http.MethodPost, v.URL+"/api/kv/get", strings.NewReader(`{"key":"k"}`))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if res, err := client.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}

// handshakes opens connections and leaves. More clients would be the load, and not the server.
func handshakes(v *victim) {
	v.flood(8, func(int) {
		if c := v.dial(); c != nil {
			_ = c.Close()
		}
	})
}

// unreadEvents opens 2,000 streams of events at once.
func unreadEvents(v *victim) {
	v.many(2000, func(c net.Conn) {
		fmt.Fprintf(c, "GET /api/kv/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", e2e.AdminKey)
		_, _ = io.ReadFull(c, make([]byte, 1))
	})
}

// unfinishedHeads sends all of 2,000 heads but their end.
func unfinishedHeads(v *victim) {
	v.many(2000, func(c net.Conn) {
		_, _ = io.WriteString(c, "POST /api/kv/set HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("x", 15<<10))
	})
}

// endless has n clients send the beginning of a request, and then pieces of its body all the time.
func (v *victim) endless(n int, head, piece string, pause time.Duration) {
	end := time.Now().Add(floodTime)
	v.many(n, func(c net.Conn) {
		_ = c.SetDeadline(end)
		_, _ = io.WriteString(c, head)
		go func() { _, _ = io.Copy(io.Discard, c) }()
		for {
			if _, err := io.WriteString(c, piece); err != nil {
				return // the answer may have come
			}
			time.Sleep(pause)
		}
	})
}

// smallChunks sends bodies in chunks of one byte.
func smallChunks(v *victim) {
	v.endless(50, strings.Replace(v.head("/api/kv/mset", 0), "Content-Length: 0", "Transfer-Encoding: chunked", 1),
		strings.Repeat("1\r\n \r\n", 10_000), 0)
}

// smallPieces sends bodies in pieces of 40 bytes.
func smallPieces(v *victim) {
	v.endless(1000, v.head("/api/kv/mset", 16<<10), strings.Repeat(" ", 40), 20*time.Millisecond)
}

// batches has 20 clients set 1,000 keys with each request.
func batches(v *victim) {
	var entries []e2e.Object
	for i := range 1000 {
		entries = append(entries, e2e.Object{"key": fmt.Sprint("batch ", i), "value": i})
	}
	v.flood(20, func(int) { v.post(v.hostile, "/api/kv/mset", e2e.Object{"entries": entries}) })
}

// frames has 20 HTTP/2 connections send frames that cost nothing.
func frames(v *victim) {
	request := v.fields("/api/kv/get")
	kinds := []func(f *http2.Framer, i uint32){
		func(f *http2.Framer, _ uint32) { _ = f.WritePing(false, [8]byte{}) },
		func(f *http2.Framer, _ uint32) { _ = f.WriteSettings() },
		func(f *http2.Framer, i uint32) { _ = f.WritePriority(2*i+1, http2.PriorityParam{Weight: 1}) },
		func(f *http2.Framer, _ uint32) { _ = f.WriteWindowUpdate(0, 1) },
		func(f *http2.Framer, i uint32) { // a request without an end
			if i == 0 {
				_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request, EndHeaders: true})
			}
			_ = f.WriteData(1, false, nil)
		},
		func(f *http2.Framer, i uint32) { // a head without an end
			if i == 0 {
				_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request})
			}
			_ = f.WriteContinuation(1, false, nil)
		},
		func(f *http2.Framer, i uint32) { // a request that is canceled at once
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: request, EndHeaders: true})
			_ = f.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
		},
	}
	end := time.Now().Add(floodTime)
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			for time.Now().Before(end) {
				if c := v.dial("h2"); c != nil {
					_ = c.SetDeadline(end)
					sendFrames(c, kinds[n%len(kinds)])
					_ = c.Close()
				}
			}
		})
	}
	all.Wait()
}

// sendFrames sends frames, many with each write, until the server has closed the connection.
func sendFrames(c net.Conn, next func(f *http2.Framer, i uint32)) {
	go func() { _, _ = io.Copy(io.Discard, c) }()
	var many bytes.Buffer
	many.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&many, nil)
	_ = f.WriteSettings()
	for i := uint32(0); ; i++ {
		next(f, i)
		if many.Len() > 4<<10 {
			if _, err := many.WriteTo(c); err != nil {
				return
			}
		}
	}
}

// fields returns the head of a request of the hostile project, as HTTP/2 has it.
func (v *victim) fields(path string) []byte {
	var b bytes.Buffer
	enc := hpack.NewEncoder(&b)
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "https"}, {":authority", "x"}, {":path", path}, {"authorization", "Bearer " + v.hostile},
	} {
		_ = enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true}) // a buffer takes all
	}
	return b.Bytes()
}
