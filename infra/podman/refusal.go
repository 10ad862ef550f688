// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/containers/podman/v5/pkg/errorhandling"
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// remedy is what to do about a failure whose message contains the text, in lower case.
type remedy struct{ text, do string }

// remedies are tried from the first to the last.
var remedies = []remedy{
	{"setrlimit", "the service of podman may not raise that limit: set default_ulimits in its containers.conf to no more " +
		"than ulimit -H shows, or raise the hard limit"},
	{"sd-bus", "set cgroup_manager to cgroupfs in containers.conf where there is no systemd"},
	{"cgroup", "check that the control groups are mounted and delegated to podman's user, or set cgroup_manager in " +
		"containers.conf"},
	{"netavark", network}, {"plugin type=", network}, {"iptables", network}, {"nftables", network},
	{"network not found", network}, // it was created, and a plugin that it needs is missing
	{"no logs from conmon", "check that crun or runc is installed and works, and the runtime in containers.conf"},
	{"conmon", "check that the package conmon is installed"},
	{"runtime", "check that crun or runc is installed, and the runtime in containers.conf"},
}

const network = "check that what podman's networks need is installed: netavark or containernetworking-plugins, nftables or " +
	"iptables"

// refusal turns the error of a task into a refusal, unless it is one. An answer of podman that explain does not know
// becomes what was not done, the gist of the answer, and what to do if that is known. Any other error is our fault.
func (t *task) refusal(err error) error {
	doing := cmp.Or(t.doing, "do what it was asked")
	var answer *errorhandling.ErrorModel
	var refused goredis.Error
	var broken net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), isKnown(err):
		return err
	case errors.As(err, &answer):
		return withInner(kv.Refuse(kv.ErrUnavailable, "podman could not %s", withRemedy(doing+": "+t.oneLine(said(answer)))), err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return withInner(kv.Refuse(kv.ErrStorageFull, "the disk of the data directory is full"), err)
	case errors.Is(err, context.DeadlineExceeded):
		return withInner(kv.Refuse(kv.ErrTimeout, "there was not enough time to %s", doing), err)
	case errors.As(err, &refused):
		return withInner(kv.Refuse(kv.ErrUnavailable, "the server in the container refused: %s", t.oneLine(refused.Error())), err)
	case errors.As(err, &broken), errors.Is(err, io.EOF):
		return withInner(kv.Refuse(kv.ErrUnavailable, "the server in the container broke off: try again"), err)
	}
	return err
}

// isKnown reports whether an error is one of the service's.
func isKnown(err error) bool {
	return slices.ContainsFunc([]error{
		kv.ErrUnavailable, kv.ErrTimeout, kv.ErrStorageFull, kv.ErrOutOfMemory, kv.ErrConflict, kv.ErrInvalid, kv.ErrNotSupported,
	}, func(kind error) bool { return errors.Is(err, kind) })
}

// withRemedy adds what to do, if that is known.
func withRemedy(detail string) string {
	for _, r := range remedies {
		if strings.Contains(strings.ToLower(detail), r.text) {
			return detail + "; " + r.do
		}
	}
	return detail
}

// said returns the text of an answer, without the class that podman adds to errors of its runtime, which may be wrong.
func said(answer *errorhandling.ErrorModel) string {
	if runtime, ok := strings.CutSuffix(answer.Message, ": "+answer.Because); ok && strings.HasPrefix(answer.Because, "OCI ") {
		return runtime
	}
	return cmp.Or(answer.Message, answer.Because, answer.Error())
}

// login is what is between the scheme and the host of a URL.
var login = regexp.MustCompile(`://[^/@\s]*@`)

// oneLine returns what podman says as one short line without secrets.
func (t *task) oneLine(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	text = login.ReplaceAllString(strings.Join(words, " "), "://***@")
	for _, secret := range []string{t.record.AppPassword, t.record.AdminPassword} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return cut(text)
}

// cut shortens a text to about the length of a sentence.
func cut(text string) string {
	if len(text) <= gistLength {
		return text
	}
	return strings.ToValidUTF8(text[:gistLength], "") + "..."
}
