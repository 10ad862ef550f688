// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"net/http"
	"net/url"
)

// volume is the description of one, to podman and from it.
type volume struct {
	Name   string
	Label  map[string]string `json:",omitempty"` // as it is created
	Labels map[string]string `json:",omitempty"` // as it is listed
}

// volumes lists those with a label.
func (c *client) volumes(ctx context.Context, label string) (all []volume, err error) {
	err = c.do(ctx, request{method: http.MethodGet, endpoint: "/volumes/json", query: filter("label", label)}, &all)
	return all, err
}

// ensureVolume creates the volume if it is not there. The server's own way to ask for this is newer than podman 4.3.
func (c *client) ensureVolume(ctx context.Context, v volume) (created bool, err error) {
	one := request{method: http.MethodGet, endpoint: "/volumes/%s/json", path: []string{v.Name}}
	if ok, err := found(c.do(ctx, one, nil)); ok || err != nil {
		return false, err
	}
	return true, c.do(ctx, request{method: http.MethodPost, endpoint: "/volumes/create", body: v}, nil)
}

// removeVolume removes a volume and all that is in it.
func (c *client) removeVolume(ctx context.Context, name string) error {
	_, err := found(c.do(ctx, request{method: http.MethodDelete, endpoint: "/volumes/%s", path: []string{name}}, nil))
	return err
}

// filter returns the query of a list that keeps to one condition.
func filter(name, value string) url.Values {
	return url.Values{"all": {"true"}, "filters": {`{"` + name + `":["` + value + `"]}`}}
}
