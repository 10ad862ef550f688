// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/containers/podman/v5/pkg/errorhandling"
)

// stopTime is how long a server may take to end before it is killed.
const stopTime = 30 * time.Second

// container is what podman says of one.
type container struct {
	ID    string `json:"Id"`
	Image string // id of the image
	State struct {
		Status   string
		ExitCode int
		Error    string
	}
	Config struct{ Labels map[string]string }

	NetworkSettings struct {
		Ports map[string][]struct{ HostPort string }
	}
	Mounts []struct{ Source, Destination string }
}

// What podman calls the states of a container that are treated differently.
const (
	stateRunning  = "running"
	statePaused   = "paused"
	stateStopping = "stopping"
)

// addr returns the path of the server's socket or the address at which it is published, empty while it is not.
func (c container) addr() string {
	if dir := c.socketDir(); dir != "" {
		return filepath.Join(dir, socketFile)
	}
	if ports := c.NetworkSettings.Ports[serverPort+"/tcp"]; len(ports) > 0 && ports[0].HostPort != "" {
		return loopback + ":" + ports[0].HostPort
	}
	return ""
}

// socketDir returns the directory of the server's socket, empty if it has none.
func (c container) socketDir() string {
	for _, m := range c.Mounts {
		if m.Destination == socketDest {
			return m.Source
		}
	}
	return ""
}

// container inspects one.
func (c *client) container(ctx context.Context, name string) (one container, ok bool, err error) {
	ok, err = found(retryOnce(func() error {
		return c.do(ctx, request{method: http.MethodGet, endpoint: "/containers/%s/json", path: []string{name}}, &one)
	}))
	return one, ok, err
}

// containers lists the names of those with a label, whatever their state.
func (c *client) containers(ctx context.Context, label string) (names []string, err error) {
	var all []struct{ Names []string }
	err = c.do(ctx, request{method: http.MethodGet, endpoint: "/containers/json", query: filter("label", label)}, &all)
	for _, one := range all {
		names = append(names, one.Names...)
	}
	return names, err
}

// create creates a container, and returns what podman warns of.
func (c *client) create(ctx context.Context, s spec) (warning string, err error) {
	var answer struct{ Warnings []string }
	post := func() error {
		return c.do(ctx, request{method: http.MethodPost, endpoint: "/containers/create", body: s}, &answer)
	}
	if err = post(); halfCreated(err) {
		if err = c.remove(ctx, s.Name); err == nil {
			err = post()
		}
	}
	return strings.Join(answer.Warnings, "; "), err
}

// halfCreated reports whether a name is taken by a container that podman does not list: its service was killed while it
// created it.
func halfCreated(err error) bool {
	var answer *errorhandling.ErrorModel
	return errors.As(err, &answer) && strings.Contains(answer.Because, "name is already in use")
}

// act does what a word of the API says: start, stop, unpause.
func (c *client) act(ctx context.Context, name, word string, query url.Values) error {
	return retryOnce(func() error {
		return c.do(ctx, request{
			method: http.MethodPost, endpoint: "/containers/%s/" + word, path: []string{name}, query: query,
		}, nil)
	})
}

// retryOnce repeats a call that fails inside podman. If its service was killed in the middle of something, the first call
// fails on the remains and removes them. But podman forgets to free the port of a container that it could not start: then
// the first error is the true one.
func retryOnce(call func() error) error {
	first := call()
	var answer *errorhandling.ErrorModel
	if !errors.As(first, &answer) || answer.ResponseCode < http.StatusInternalServerError {
		return first
	}
	err := call()
	if portTaken(err) {
		return first
	}
	return err
}

// stop ends a container that is there, and kills it if it does not end in time.
func (c *client) stop(ctx context.Context, name string, patience time.Duration) error {
	seconds := strconv.Itoa(int(patience.Seconds()))
	_, err := found(c.act(ctx, name, "stop", url.Values{"timeout": {seconds}}))
	return err
}

// remove removes a container, running or not, and what an image makes podman add to it: volumes without a name. Those
// with one stay.
func (c *client) remove(ctx context.Context, name string) error {
	_, err := found(retryOnce(func() error {
		return c.do(ctx, request{
			method: http.MethodDelete, endpoint: "/containers/%s", path: []string{name},
			query: url.Values{"force": {"true"}, "ignore": {"true"}, "timeout": {"0"}, "v": {"true"}},
		}, nil)
	}))
	return err
}

// limit changes the memory that a running container may take.
func (c *client) limit(ctx context.Context, name string, r resources) error {
	return c.do(ctx, request{
		method: http.MethodPost, endpoint: "/containers/%s/update", path: []string{name}, body: r,
	}, nil)
}

// host is what podman says of its machine.
type host struct {
	CgroupVersion string
	Security      struct{ Rootless bool }
}

// host asks podman for its machine, which takes it about a second.
func (c *client) host(ctx context.Context) (host, error) {
	var info struct{ Host host }
	err := c.do(ctx, request{method: http.MethodGet, endpoint: "/info"}, &info)
	return info.Host, err
}

// logs returns the last lines that a container wrote.
func (c *client) logs(ctx context.Context, name string, lines int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := c.stream(ctx, request{
		method: http.MethodGet, endpoint: "/containers/%s/logs", path: []string{name},
		query: url.Values{"stdout": {"true"}, "stderr": {"true"}, "tail": {strconv.Itoa(lines)}},
	})
	if err != nil {
		return "", err
	}
	defer answer.Close()
	return unframe(http.MaxBytesReader(nil, answer, maxAnswer))
}

// frameHeader precedes each piece of a log: the stream, three zeros, and the length of the piece.
const frameHeader = 8

func unframe(log io.Reader) (string, error) {
	var text strings.Builder
	for header := make([]byte, frameHeader); ; {
		switch _, err := io.ReadFull(log, header); {
		case errors.Is(err, io.EOF):
			return text.String(), nil
		case err != nil:
			return text.String(), err
		}
		length := int64(header[4])<<24 | int64(header[5])<<16 | int64(header[6])<<8 | int64(header[7])
		if _, err := io.CopyN(&text, log, length); err != nil {
			return text.String(), err
		}
	}
}
