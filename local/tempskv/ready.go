// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// maxReason bounds what is read of the answer of /readyz, in bytes.
const maxReason = 4 << 10

// askReady asks a server whether it is ready. That needs no token.
func (a *app) askReady(cmd *cobra.Command) error {
	c, err := a.reach(cmd)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, c.url+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	reason, err := io.ReadAll(io.LimitReader(res.Body, maxReason))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return &failure{code: exitUnavailable, detail: fmt.Sprintf("the server at %s is not ready: %s", c.url, notReady(res, reason))}
	}
	return a.done("ready")
}

// notReady says why a server is not ready: in its own words, if they are from tempskv.
func notReady(res *http.Response, reason []byte) string {
	if res.StatusCode == http.StatusServiceUnavailable && strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		return strings.TrimSpace(string(reason))
	}
	return "the answer was " + res.Status
}
