// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// ensureSecret creates the secret if it is not there. Its name says what is in it, so that it never has to be changed,
// which podman 4.3 cannot do.
func (c *client) ensureSecret(ctx context.Context, name, content string) error {
	one := request{method: http.MethodGet, endpoint: "/secrets/%s/json", path: []string{name}}
	if ok, err := found(c.do(ctx, one, nil)); ok || err != nil {
		return err
	}
	return c.do(ctx, request{
		method: http.MethodPost, endpoint: "/secrets/create",
		query: url.Values{"name": {name}}, body: strings.NewReader(content),
	}, nil)
}

// secrets lists the names of those that begin with prefix.
func (c *client) secrets(ctx context.Context, prefix string) (names []string, err error) {
	var all []struct{ Spec struct{ Name string } }
	if err := c.do(ctx, request{method: http.MethodGet, endpoint: "/secrets/json"}, &all); err != nil {
		return nil, err
	}
	for _, s := range all {
		if strings.HasPrefix(s.Spec.Name, prefix) {
			names = append(names, s.Spec.Name)
		}
	}
	return names, nil
}

func (c *client) removeSecret(ctx context.Context, name string) error {
	_, err := found(c.do(ctx, request{method: http.MethodDelete, endpoint: "/secrets/%s", path: []string{name}}, nil))
	return err
}
