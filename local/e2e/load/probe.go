// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// probe sends the request of a subject once, and fails unless it is answered as it should be: wrk looks at the status
// alone, and webdis answers errors with 200.
func (s *subject) probe(ctx context.Context) error {
	body, err := s.request.example()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, s.request.method, s.request.url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+string(s.request.token))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	refused := bytes.Contains(text, []byte("[false,")) || bytes.Contains(text, []byte(`"value":null`)) || bytes.Contains(text, []byte(":null}"))
	if resp.StatusCode != http.StatusOK || refused && !bytes.Contains(text, []byte(`"cursor":null`)) {
		return fmt.Errorf("%s %.100s is answered with %s: %.300s", s.request.method, s.request.url, resp.Status, text)
	}
	return nil
}

// example returns one of the bodies that the script of wrk makes of the request.
func (r *request) example() (string, error) {
	if file, ok := strings.CutPrefix(r.body, "@"); ok {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		line, err := bufio.NewReader(f).ReadString('\n')
		return strings.TrimSuffix(line, "\n"), err
	}
	return strings.NewReplacer("~", keyOf(0)[1:], "#", "0").Replace(r.body), nil
}
