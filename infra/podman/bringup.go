// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// bringUp starts the container of an installation, whatever its state, and returns once its server answers and has the
// memory limits. It sets t.server.
func (t *task) bringUp(ctx context.Context, i installation) error {
	if err := t.ensureParts(ctx, i); err != nil {
		return err
	}
	name := i.name(t.record.Owner)
	for answers := false; !answers; {
		if err := t.ensureStarted(ctx, i, name); err != nil {
			return err
		}
		t.step("wait for the server")
		var err error
		if answers, err = t.await(ctx, name); err != nil {
			return err
		}
	}
	if !i.Persistence {
		if err := t.emptySnapshot(ctx, i); err != nil {
			return err
		}
	}
	return t.limitMemory(ctx, name)
}

// ensureParts creates volume, secret and container if they are missing.
func (t *task) ensureParts(ctx context.Context, i installation) error {
	name := i.name(t.record.Owner)
	t.step("create the volume")
	created, err := t.ensureVolume(ctx, volume{Name: name, Label: t.labels(i)})
	if err != nil {
		return err
	}
	t.fresh = t.fresh || created && i.Number == t.record.Current.Number
	t.step("create the secret")
	secret, content := t.record.acl(i.Build)
	if err := t.ensureSecret(ctx, secret, content); err != nil {
		return err
	}
	return t.ensureContainer(ctx, i)
}

// ensureContainer creates the container if it is missing, and replaces one of another form.
func (t *task) ensureContainer(ctx context.Context, i installation) error {
	name := i.name(t.record.Owner)
	one, ok, broken := t.container(ctx, name)
	if broken != nil && !answered(broken) {
		return broken
	}
	s, err := t.reachableSpec(ctx, i, one)
	if err != nil {
		return err
	}
	t.step("create the container")
	switch {
	case broken != nil: // podman cannot even read its record of the container
		err = t.removeBroken(ctx, name, broken)
	case ok && one.Config.Labels[specLabel] == s.Labels[specLabel]:
		return nil
	case ok:
		err = t.replaceForm(ctx, i, name)
	}
	if err != nil {
		return err
	}
	if ok && len(s.Networks) == 0 && one.socketDir() == "" {
		t.leaveNetwork(ctx)
	}
	t.warning, err = t.create(ctx, s)
	return err
}

// ensureStarted starts the container. One that does not start is replaced on the same volume, once: its port was chosen
// when it was created, and another program may have taken that since; and podman's own record of one whose processes were
// killed may be inconsistent.
func (t *task) ensureStarted(ctx context.Context, i installation, name string) error {
	t.step("start the container")
	err := t.start(ctx, name)
	if !portTaken(err) && !answered(err) {
		return err
	}
	if err := t.removeBroken(ctx, name, err); err != nil {
		return err
	}
	if err := t.ensureParts(ctx, i); err != nil {
		return err
	}
	t.step("start the container")
	return t.act(ctx, name, "start", nil)
}

// start starts a container, whatever its state.
func (t *task) start(ctx context.Context, name string) error {
	one, _, err := t.container(ctx, name)
	if err != nil {
		return err
	}
	switch one.State.Status {
	case stateRunning:
		if t.answersSoon(ctx, one.addr()) {
			return nil
		}
		fallthrough
	case stateStopping: // forever, if podman was killed while it stopped the container
		if err := t.client.stop(ctx, name, 0); err != nil {
			return err
		}
	case statePaused:
		return t.act(ctx, name, "unpause", nil)
	}
	if err := t.endOrphans(ctx, name); err != nil {
		return err
	}
	return t.act(ctx, name, "start", nil)
}

// answersSoon reports whether a running server answers, if only that it is loading. If not, it is considered stuck.
func (t *task) answersSoon(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	return poll(ctx, func() (bool, error) {
		s := newServer(addr, t.record.AdminPassword)
		defer s.close()
		err := s.ping(ctx)
		return err == nil || loading(err), nil
	}) == nil
}

// containerTime is how often a container is inspected whose server does not answer yet.
const containerTime = 250 * time.Millisecond

// await returns once the server answers. It reports false if the container runs and the server gives no answer for a
// while, not even that it is loading: a rootless container that podman is restarting may be left without its port.
// Errors: ErrUnavailable, with the gist of its log, if the container ends.
func (t *task) await(ctx context.Context, name string) (answers bool, err error) {
	var addr string
	var inspected time.Time
	silent := time.Now()
	err = poll(ctx, func() (bool, error) {
		if addr != "" {
			err := t.reach(ctx, addr)
			if answers = err == nil; answers {
				return true, nil
			}
			if loading(err) {
				silent = time.Now()
			}
		}
		if time.Since(silent) > stuckTime {
			return true, nil
		}
		if time.Since(inspected) < containerTime {
			return false, nil
		}
		inspected = time.Now()
		one, ok, err := t.container(ctx, name)
		if err == nil && (!ok || one.State.Status == "exited" || one.State.Status == "stopped") {
			err = t.explainExit(ctx, name, one)
		}
		addr = one.addr()
		return false, err
	})
	return answers, err
}

// reach asks the server for an answer, and makes it that of the task then. Each attempt has its own client: one that
// could not connect does not try again for a second.
func (t *task) reach(ctx context.Context, addr string) error {
	s := newServer(addr, t.record.AdminPassword)
	if err := s.ping(ctx); err != nil {
		s.close()
		return err
	}
	if t.server != nil {
		t.server.close()
	}
	t.server = s
	return nil
}

// explainExit says why a container that was started does not run. The end of its log goes into ours.
func (t *task) explainExit(ctx context.Context, name string, one container) error {
	text, err := t.logs(ctx, name, 20)
	if err != nil {
		text += fmt.Sprintf(" (its log broke off: %v)", err)
	}
	t.engine.cfg.Log.Warn("the container does not run", "container", name, "exit_code", one.State.ExitCode,
		"error", one.State.Error, "log", text)
	kind := kv.ErrUnavailable
	if strings.Contains(text, "No space left on device") {
		kind = kv.ErrStorageFull
	}
	return kv.Refuse(kind, "the server of the image ended at once with exit code %d: %s", one.State.ExitCode, gist(text))
}

// gistLength is about how much of a log fits into a sentence.
const gistLength = 300

// linePrefix is the beginning of a line in the log of a server: process, role, time and level.
var linePrefix = regexp.MustCompile(`^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [-.*#] `)

// gist returns the last line of a log, without its prefix.
func gist(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	last := linePrefix.ReplaceAllString(strings.TrimSpace(lines[len(lines)-1]), "")
	if last == "" {
		return "it wrote nothing"
	}
	return cut(last)
}

// limitMemory sets the limits of the server and of its container. The server keeps to its own where podman cannot limit
// the container.
func (t *task) limitMemory(ctx context.Context, name string) error {
	if err := t.server.configure(ctx, t.settings); err != nil {
		return err
	}
	err := t.limit(ctx, name, resources{Memory: memoryLimit(t.settings.MaxMemory)})
	switch {
	case errors.Is(err, kv.ErrUnavailable) || errors.Is(err, kv.ErrTimeout):
		return err
	case t.settings.MaxMemory.Bytes() == 0:
		return nil
	case err == nil:
		err = t.canLimit(ctx)
	}
	if err != nil {
		t.warning = "podman cannot limit the memory of the container here (as user on cgroups v1): max_memory holds " +
			"inside the server alone"
		t.engine.cfg.Log.Warn("limit of memory", "container", name, "error", err)
	}
	return nil
}

// canLimit returns an error if podman ignores limits without saying so.
func (t *task) canLimit(ctx context.Context) error {
	h, err := t.machine(ctx)
	if err != nil {
		return err
	}
	if h.Security.Rootless && h.CgroupVersion == "v1" {
		return errors.New("podman runs as user on cgroups v1, and ignores limits")
	}
	return nil
}

// portTaken reports whether a start failed because of its port.
func portTaken(err error) bool {
	var refusal *kv.Refusal
	return errors.As(err, &refusal) && strings.Contains(refusal.Detail, "port that podman chose")
}
