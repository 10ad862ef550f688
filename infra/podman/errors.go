// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/containers/podman/v5/pkg/errorhandling"

	"github.com/tempskv/tempskv/handlers/kv"
)

// cause is a text in podman's error, and what it means here.
type cause struct {
	text   string // in ErrorModel.Because or, where that is no help, in the message
	kind   error
	detail string
}

// causes are tried from the first to the last. Their texts are in lower case.
var causes = []cause{
	{"no space left on device", kv.ErrStorageFull, "the disk that podman keeps its files on is full"},
	{"disk quota exceeded", kv.ErrStorageFull, "the disk quota of podman's user is used up"},
	{"address already in use", kv.ErrUnavailable, "the port that podman chose was taken by another program"},
	{"-server` not found", kv.ErrInvalid, "the image holds no server that can be run: check docker_image"},                  // crun
	{`-server": executable file not found`, kv.ErrInvalid, "the image holds no server that can be run: check docker_image"}, // runc
	{"exec format error", kv.ErrInvalid, "the image is for another kind of processor"},
	{"unexpected end of json input", kv.ErrUnavailable, "a file of podman's own is cut off, as its end in the middle of a " +
		"write leaves it: look for an empty secrets.json in its storage and remove it; our secret is created again"},
	{"port is already allocated", kv.ErrUnavailable, "the port that podman chose was taken by another program"},
}

// pullCauses are those of pulls, whose errors are plain text.
var pullCauses = []cause{
	{"no space left on device", kv.ErrStorageFull, "the disk is too full for the image %s"},
	{"manifest unknown", kv.ErrInvalid, "there is no image %s: check docker_image or version"},
	{"not found", kv.ErrInvalid, "there is no image %s: check docker_image or version"},
	{"name unknown", kv.ErrInvalid, "there is no image %s: check docker_image or version"},
	{"invalid reference", kv.ErrInvalid, "%s is not the name of an image"},
	{"short-name", kv.ErrInvalid, "the name %s needs its registry, as in docker.io/library/redis:8-alpine"},
	{"denied", kv.ErrInvalid, "the registry refuses %s: check the name, or log podman in to it"},
	{"unauthorized", kv.ErrInvalid, "the registry refuses %s: check the name, or log podman in to it"},
}

// explain translates an error of podman into the terms of the service. One that it does not know stays as it is, for
// task.refusal; absence too, for found.
func explain(ctx context.Context, err error) error {
	var answer *errorhandling.ErrorModel
	var netErr net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		said := strings.ToLower(answer.Because + "\n" + answer.Message)
		for _, c := range causes {
			if strings.Contains(said, c.text) {
				return kv.Refuse(c.kind, "%s", c.detail)
			}
		}
		return err
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil, errors.As(err, &netErr) && netErr.Timeout():
		return kv.Refuse(kv.ErrTimeout, "podman did not answer in time")
	}
	return withInner(kv.Refuse(kv.ErrUnavailable, "podman's service broke off: see that it runs, then try again"), err)
}

// answered reports whether an error is an answer of podman that explain does not know.
func answered(err error) bool {
	var answer *errorhandling.ErrorModel
	return errors.As(err, &answer)
}

// withInner adds to a refusal what is for the log alone.
func withInner(refusal, err error) error { return fmt.Errorf("%w (%v)", refusal, err) }

// explainSocket says why there is no connection, and what to do.
func explainSocket(socket string, err error) error {
	start := "systemctl --user enable --now podman.socket"
	if os.Geteuid() == 0 {
		start = "systemctl enable --now podman.socket"
	}
	reason := "podman's service at " + socket + " does not answer as it should"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "there is no socket " + socket
	case errors.Is(err, syscall.ECONNREFUSED):
		reason = "nothing listens on " + socket
	case errors.Is(err, fs.ErrPermission):
		return kv.Refuse(kv.ErrUnavailable, "podman's socket %s is not permitted to this user: start your own service "+
			"with %s, or name another with podman-socket", socket, start)
	case errors.Is(err, context.DeadlineExceeded):
		return kv.Refuse(kv.ErrTimeout, "podman's service at %s did not answer in time", socket)
	case errors.Is(err, context.Canceled):
		return err
	case strings.Contains(err.Error(), "version is too old"):
		return withInner(kv.Refuse(kv.ErrUnavailable, "podman's service at %s is too old: install podman %s or newer",
			socket, OldestVersion), err)
	}
	return withInner(kv.Refuse(kv.ErrUnavailable,
		"%s: start podman's service with %s, or name another with podman-socket", reason, start), err)
}

// explainPull says why there is no image.
func explainPull(reference string, err error) error {
	var refusal *kv.Refusal
	if err == nil || errors.As(err, &refusal) || errors.Is(err, context.Canceled) {
		return err
	}
	text := strings.ToLower(err.Error())
	for _, c := range pullCauses {
		if strings.Contains(text, c.text) {
			return kv.Refuse(c.kind, c.detail, reference)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return kv.Refuse(kv.ErrTimeout, "the image %s could not be pulled in time", reference)
	}
	return kv.Refuse(kv.ErrUnavailable, "the image %s could not be pulled: check that podman's machine reaches its "+
		"registry", reference)
}
