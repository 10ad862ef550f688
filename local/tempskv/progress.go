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

	"github.com/tempskv/tempskv/openapi/goclient"
)

// followed makes a call that lasts, and shows people meanwhile what the server does.
func (a *app) followed(ctx context.Context, c *client, send call) (*http.Response, error) {
	if a.json || !isTerminal(a.stderr) {
		return send(ctx, c)
	}
	watching, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.follow(watching, bar{out: a.stderr}.show)
	}()
	answer, err := send(ctx, c)
	cancel()
	<-ended
	eraseLine(a.stderr)
	return answer, err
}

// follow reads events until ctx ends. It is for the eye alone: what fails here, the call itself will tell.
func (c *client) follow(ctx context.Context, show func(goclient.ServiceEvent)) {
	endless, err := c.endless()
	if err != nil {
		return
	}
	res, err := endless.KVEvents(ctx)
	if err != nil {
		return
	}
	defer res.Body.Close()
	readEvents(res.Body, show)
}

// readEvents reads the data lines of server-sent events.
func readEvents(stream io.Reader, show func(goclient.ServiceEvent)) {
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		var e goclient.ServiceEvent
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if ok && json.Unmarshal([]byte(data), &e) == nil && !e.Done && e.Step != "" {
			show(e)
		}
	}
}

const barWidth = 30

// bar draws an event over the one before. A library (progressbar) adds 0.5 MB for these few lines.
type bar struct{ out io.Writer }

func (b bar) show(e goclient.ServiceEvent) {
	eraseLine(b.out)
	if e.Percent == 0 {
		fmt.Fprintf(b.out, "%s ...", e.Step)
		return
	}
	full := barWidth * int(min(max(e.Percent, 0), 100)) / 100
	fmt.Fprintf(b.out, "%s [%s%s] %d%%", e.Step, strings.Repeat("#", full), strings.Repeat(".", barWidth-full),
		e.Percent)
}
