// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// memory is what a server holds in a state.
type memory struct {
	Gateway string  `json:"gateway"`
	State   string  `json:"state"`
	MB      float64 `json:"mb"`       // the resident set
	OwnMB   float64 `json:"own_mb"`   // what of it is of no file
	RedisMB float64 `json:"redis_mb"` // the resident set of the Redis behind it
}

// memoryNow returns what a server holds once it is left alone.
func (b *bench) memoryNow(ctx context.Context, s *server, state string) (m memory, err error) {
	select {
	case <-time.After(time.Duration(b.RestMs) * time.Millisecond):
	case <-ctx.Done():
		return m, ctx.Err()
	}
	m = memory{Gateway: s.name, State: state}
	if m.MB, m.OwnMB, err = s.memory(); err == nil && s.redis != nil {
		m.RedisMB, _, err = s.redis.memory()
	}
	return m, err
}

// restAndIdle starts a server again, and looks at its memory without connections and with idle ones, each of which had a
// get answered.
func (b *bench) restAndIdle(ctx context.Context, s *server) (atRest, connected memory, err error) {
	if err = b.again(ctx, s); err != nil {
		return
	}
	if atRest, err = b.memoryNow(ctx, s, "at rest"); err != nil {
		return
	}
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			_ = c.Close()
		}
	}()
	for range b.idle() {
		c, err := s.connect(ctx)
		if err != nil {
			return atRest, connected, fmt.Errorf("connection %d: %w", len(idle)+1, err)
		}
		idle = append(idle, c)
	}
	connected, err = b.memoryNow(ctx, s, number(len(idle))+" idle connections")
	return atRest, connected, err
}

// idle is how many idle connections there are: each takes a file here and one of the server, which uses seven eighths for
// connections, and three quarters of those for the ones of one address.
func (b *bench) idle() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return b.Idle
	}
	return min(b.Idle, int(limit.Cur/8*5))
}

// connect opens a connection on which a get is answered.
func (s *server) connect(ctx context.Context) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	body := keyBody(smallKey)
	_, err = fmt.Fprintf(c, "POST /api/kv/get HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", s.addr, s.token, len(body), body)
	if err == nil {
		err = readAnswer(c)
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func readAnswer(c net.Conn) error {
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 512), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("get: %s", resp.Status)
	}
	return nil
}

// measureMemory measures the memory of both engines in each state.
func (b *bench) measureMemory(ctx context.Context, r *report) error {
	ext, emb, err := b.startEngines(ctx)
	if err != nil {
		return err
	}
	for _, s := range []*server{emb, ext} {
		b.progress("memory: %s", s.name)
		var atRest, connected []memory
		for range b.Rounds {
			rest, idle, err := b.restAndIdle(ctx, s)
			if err != nil {
				return err
			}
			atRest, connected = append(atRest, rest), append(connected, idle)
		}
		full, err := b.memoryWithKeys(ctx, s)
		if err != nil {
			return err
		}
		r.Memory = append(append(r.Memory, middleOf(atRest), middleOf(connected)), full...)
	}
	return nil
}

func middleOf(rounds []memory) memory {
	m := rounds[0]
	m.MB = medianOf(rounds, func(m memory) float64 { return m.MB })
	m.OwnMB = medianOf(rounds, func(m memory) float64 { return m.OwnMB })
	m.RedisMB = medianOf(rounds, func(m memory) float64 { return m.RedisMB })
	return m
}

// memoryWithKeys looks once at the memory of a server with many keys: when they were just written, after a start, and after
// reads of random ones, which fill the caches.
func (b *bench) memoryWithKeys(ctx context.Context, s *server) (all []memory, err error) {
	keys := b.RememberedKeys
	add := func(state string, err error) error {
		if err != nil {
			return err
		}
		m, err := b.memoryNow(ctx, s, fmt.Sprintf("%s keys, %s", number(keys), state))
		all = append(all, m)
		return err
	}
	if err := add("just written", s.fill(ctx, 0, keys)); err != nil {
		return nil, err
	}
	if err := add("after a start", b.again(ctx, s)); err != nil {
		return nil, err
	}
	gets := s.among("get", keyBody(oneOfKeys), keys)
	_, err = wrk(ctx, b.script, goalConnections, time.Duration(3*b.Seconds)*time.Second, gets.request)
	return all, add("after gets of random ones", err)
}

// number writes a number with commas.
func number(n int) string {
	s := fmt.Sprint(n)
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, groups...), ",")
}
