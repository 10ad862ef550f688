// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/containers/podman/v5/pkg/errorhandling"

	"github.com/tempskv/tempskv/handlers/kv"
)

// remedy is what to do about a failure whose message has the text in it, in lower case.
type remedy struct{ text, do string }

// remedies are looked for from the first to the last.
var remedies = []remedy{
	{"setrlimit", "the service of podman may not raise that limit: set default_ulimits in its containers.conf to no more " +
		"than ulimit -H shows, or raise the hard limit"},
	{"sd-bus", "set cgroup_manager to cgroupfs in containers.conf where there is no systemd"},
	{"cgroup", "check that the control groups are mounted and delegated to podman's user, or set cgroup_manager in " +
		"containers.conf"},
	{"netavark", network}, {"plugin type=", network}, {"iptables", network}, {"nftables", network},
	{"no logs from conmon", "check that crun or runc is installed and works, and the runtime in containers.conf"},
	{"conmon", "check that the package conmon is installed"},
	{"runtime", "check that crun or runc is installed, and the runtime in containers.conf"},
}

const network = "check that what podman's networks need is installed: netavark or containernetworking-plugins, nftables or " +
	"iptables"

// told makes a refusal of what podman answers where explain does not know it: what was not done, the gist of podman's
// words, and what to do if that is known. Everything else stays as it is.
func (j *job) told(err error) error {
	var refusal *kv.Refusal
	var answer *errorhandling.ErrorModel
	if errors.As(err, &refusal) || !errors.As(err, &answer) {
		return err
	}
	detail := "podman could not " + cmp.Or(j.doing, "do what it was asked") + ": " +
		j.oneLine(said(answer))
	for _, r := range remedies {
		if strings.Contains(strings.ToLower(detail), r.text) {
			detail += "; " + r.do
			break
		}
	}
	return withInner(kv.Refuse(kv.ErrUnavailable, "%s", detail), err)
}

// said returns the words of an answer, without the class that podman adds to those of its runtime: it is wrong in some.
func said(answer *errorhandling.ErrorModel) string {
	if runtime, ok := strings.CutSuffix(answer.Message, ": "+answer.Because); ok && strings.HasPrefix(answer.Because, "OCI ") {
		return runtime
	}
	return cmp.Or(answer.Message, answer.Because, answer.Error())
}

// login is what stands between the scheme and the host of a URL.
var login = regexp.MustCompile(`://[^/@\s]*@`)

// oneLine returns what podman says as one short line without secrets.
func (j *job) oneLine(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	text = login.ReplaceAllString(strings.Join(words, " "), "://***@")
	for _, secret := range []string{j.record.AppPassword, j.record.AdminPassword} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return cut(text)
}

// cut shortens a text to about what fits into a sentence.
func cut(text string) string {
	if len(text) <= gistLength {
		return text
	}
	return strings.ToValidUTF8(text[:gistLength], "") + "..."
}
