// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// probeTime bounds the probe that a status makes.
const probeTime = 2 * time.Second

// Status probes the server and returns the state of the service, without the Redis URL, which holds a password.
func (s *Service) Status(ctx context.Context) engine.Status {
	st := s.state.Load()
	status := engine.Status{Settings: st.settings, Message: st.conditions.problem()}
	status.Settings.RedisURL = ""
	if st.lease != nil {
		server, err := s.probe(ctx, st.settings.Engine)
		status.Server, status.Healthy = server, err == nil
		if err != nil && status.Message == "" {
			status.Message = explainProbe(err, st.settings)
		}
	}
	status.Warnings = s.warnings(ctx, status, status.Message)
	for _, w := range status.Warnings {
		status.Healthy = status.Healthy && w.Code != engine.WarnControlGone // no token is accepted
	}
	for _, b := range *s.blocks.Load() {
		status.Healthy = status.Healthy && b.Project != 0
	}
	if hold, err := s.hold(ctx); err == nil && hold != nil {
		status.Healthy = status.Healthy && !hold.All
	}
	status.Message = cmp.Or(status.Message, s.underWay(), firstDetail(status.Warnings), st.conditions[recovered].message())
	return status
}

// explainProbe puts the error of a probe into words: a Refusal says by itself what is wrong.
func explainProbe(err error, s engine.Settings) string {
	text := explain(err, s)
	if _, ok := errors.AsType[*kv.Refusal](err); ok {
		return text
	}
	return "the server does not answer as it should: " + text
}

// firstDetail returns what the first warning says, empty if there is none.
func firstDetail(all []engine.Warning) string {
	if len(all) == 0 {
		return ""
	}
	return all[0].Detail
}

func (s *Service) probe(ctx context.Context, name engine.Name) (engine.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	return s.engines[name].Probe(ctx)
}

// underWay says which job is under way, empty if none is.
func (s *Service) underWay() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return ""
	}
	return string(s.current.action) + " is under way"
}

// recordResult keeps for the status why a job failed, or forgets why an earlier one did, and logs what is new.
func (s *Service) recordResult(j *job, err error) {
	st := s.state.Load()
	text := ""
	if err != nil {
		text = fmt.Sprintf("%s failed: %s", j.action, explain(err, st.settings.With(j.change)))
	}
	if err != nil && j.action == starting {
		text += "; it is tried again"
	}
	if text == st.conditions[failed].text {
		return
	}
	s.change(func(st *state) { st.conditions.set(failed, text) })
	if err != nil {
		s.log.Warn("the engine", "trouble", text)
	}
}

// explain puts an error into words for an operator: the detail of a Refusal, which was written for readers,
// else its text, unless that holds what is secret in the Redis URL.
func explain(err error, s engine.Settings) string {
	var refusal *kv.Refusal
	if errors.As(err, &refusal) {
		return refusal.Detail
	}
	text := err.Error()
	if holdsSecret(text, s.RedisURL) {
		return "the text of the error holds the Redis URL or its password, and is not shown"
	}
	return text
}

// holdsSecret reports whether the text holds the URL, its password, as it is or escaped, or one in its query, where
// Sentinel's stands. If the URL cannot be parsed, any text may hold a secret.
func holdsSecret(text, rawURL string) bool {
	if rawURL == "" {
		return false
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return true
	}
	password, _ := u.User.Password()
	_, escaped, _ := strings.Cut(u.User.String(), ":")
	secrets := []string{rawURL, password, escaped}
	for name, values := range u.Query() {
		if strings.Contains(name, "password") {
			secrets = append(secrets, values...)
		}
	}
	return slices.ContainsFunc(secrets, func(secret string) bool {
		return secret != "" && strings.Contains(text, secret)
	})
}
