// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// event is what the server does at the moment.
type event struct {
	Step    string
	Percent int
	Done    bool
}

// followed makes a call that lasts, and shows people meanwhile what the server does.
func (a *app) followed(ctx context.Context, c *client, method, path string, in any) (json.RawMessage, error) {
	if a.json || !isTerminal(a.stderr) {
		return c.call(ctx, method, path, in)
	}
	watching, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.follow(watching, bar{out: a.stderr}.show)
	}()
	answer, err := c.call(ctx, method, path, in)
	cancel()
	<-ended
	fmt.Fprint(a.stderr, eraseLine)
	return answer, err
}

// follow reads events until ctx ends. It is for the eye alone: what fails here, the call itself will tell.
func (c *client) follow(ctx context.Context, show func(event)) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/api/kv/events", nil)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	readEvents(res.Body, show)
}

// readEvents reads the data lines of server-sent events.
func readEvents(stream io.Reader, show func(event)) {
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		var e event
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if ok && json.Unmarshal([]byte(data), &e) == nil && !e.Done && e.Step != "" {
			show(e)
		}
	}
}

const (
	eraseLine = "\r\x1b[K"
	barWidth  = 30
)

// bar draws an event over the one before.
type bar struct{ out io.Writer }

func (b bar) show(e event) {
	if e.Percent == 0 {
		fmt.Fprintf(b.out, eraseLine+"%s ...", e.Step)
		return
	}
	full := barWidth * min(max(e.Percent, 0), 100) / 100
	fmt.Fprintf(b.out, eraseLine+"%s [%s%s] %d%%", e.Step, strings.Repeat("#", full), strings.Repeat(".", barWidth-full),
		e.Percent)
}
