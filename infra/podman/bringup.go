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

// bringUp lets the container of an installation run, whatever state it is in, and returns once its server answers and
// has the limits of memory. The server is in j.server then.
func (j *job) bringUp(ctx context.Context, i installation) error {
	if err := j.ensureParts(ctx, i); err != nil {
		return err
	}
	name := i.name(j.record.Owner)
	for answers := false; !answers; {
		if err := j.ensureStarted(ctx, i, name); err != nil {
			return err
		}
		j.step("wait for the server")
		var err error
		if answers, err = j.await(ctx, name); err != nil {
			return err
		}
	}
	if !i.Persistence {
		if err := j.emptySnapshot(ctx, i); err != nil {
			return err
		}
	}
	return j.limitMemory(ctx, name)
}

// ensureParts creates what is not there of volume, secret and container. A container of another form is replaced.
func (j *job) ensureParts(ctx context.Context, i installation) error {
	name := i.name(j.record.Owner)
	j.step("create the volume")
	created, err := j.ensureVolume(ctx, volume{Name: name, Label: j.labels(i)})
	if err != nil {
		return err
	}
	j.fresh = j.fresh || created && i.Number == j.record.Current.Number
	j.step("create the secret")
	secret, content := j.record.acl(i.Build)
	if err = j.ensureSecret(ctx, secret, content); err != nil {
		return err
	}
	j.step("create the container")
	s := j.serverSpec(i, j.program[i.ImageID])
	one, ok, err := j.container(ctx, name)
	switch {
	case answered(err): // podman cannot even read what it keeps of the container
		err = j.discard(ctx, name, err)
	case err == nil && ok && one.Config.Labels[specLabel] == s.Labels[specLabel]:
		return nil
	case err == nil && ok:
		err = j.replaceForm(ctx, i, name)
	}
	if err != nil {
		return err
	}
	j.warning, err = j.create(ctx, s)
	return err
}

// ensureStarted starts the container. One that does not start is replaced on the same volume, once: its port was chosen
// when it was created, and another program may have taken that since; and podman may be at odds with itself about one
// whose processes were killed.
func (j *job) ensureStarted(ctx context.Context, i installation, name string) error {
	j.step("start the container")
	err := j.start(ctx, name)
	if !portTaken(err) && !answered(err) {
		return err
	}
	if err := j.discard(ctx, name, err); err != nil {
		return err
	}
	if err := j.ensureParts(ctx, i); err != nil {
		return err
	}
	j.step("start the container")
	return j.act(ctx, name, "start", nil)
}

// start lets a container run that may be in any state.
func (j *job) start(ctx context.Context, name string) error {
	one, _, err := j.container(ctx, name)
	if err != nil {
		return err
	}
	switch one.State.Status {
	case stateRunning:
		if j.answersSoon(ctx, one.addr()) {
			return nil
		}
		fallthrough
	case stateStopping: // for ever, if podman was killed while it stopped the container
		if err := j.client.stop(ctx, name, 0); err != nil {
			return err
		}
	case statePaused:
		return j.act(ctx, name, "unpause", nil)
	}
	if err := j.endStrays(ctx, name); err != nil {
		return err
	}
	return j.act(ctx, name, "start", nil)
}

// answersSoon tells whether a server that runs answers, if only that it is loading. Else it is taken for stuck.
func (j *job) answersSoon(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	return poll(ctx, func() (bool, error) {
		s := newServer(addr, j.record.AdminPassword)
		defer s.close()
		err := s.ping(ctx)
		return err == nil || loading(err), nil
	}) == nil
}

// lookTime is how often it is looked at whether a container that does not answer yet is still there.
const lookTime = 250 * time.Millisecond

// await returns once the server answers. It reports false if its container runs and it gives no answer for a while, not
// even that it is loading: rootless, one that podman starts anew by itself just now may be left without its port. Errors:
// ErrUnavailable, with the gist of its log, if its container ends.
func (j *job) await(ctx context.Context, name string) (answers bool, err error) {
	var addr string
	var looked time.Time
	silent := time.Now()
	err = poll(ctx, func() (bool, error) {
		if addr != "" {
			err := j.reach(ctx, addr)
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
		if time.Since(looked) < lookTime {
			return false, nil
		}
		looked = time.Now()
		one, ok, err := j.container(ctx, name)
		if err == nil && (!ok || one.State.Status == "exited" || one.State.Status == "stopped") {
			err = j.explainExit(ctx, name, one)
		}
		addr = one.addr()
		return false, err
	})
	return answers, err
}

// reach asks the server for an answer, and makes it that of the job then. Each attempt has a client of its own: one
// that could not connect does not try again for a second.
func (j *job) reach(ctx context.Context, addr string) error {
	s := newServer(addr, j.record.AdminPassword)
	if err := s.ping(ctx); err != nil {
		s.close()
		return err
	}
	if j.server != nil {
		j.server.close()
	}
	j.server = s
	return nil
}

// explainExit says why a container that was started does not run. The end of its log goes into ours.
func (j *job) explainExit(ctx context.Context, name string, one container) error {
	text, err := j.logs(ctx, name, 20)
	if err != nil {
		text += fmt.Sprintf(" (its log broke off: %v)", err)
	}
	j.engine.cfg.Log.Warn("the container does not run", "container", name, "exit_code", one.State.ExitCode,
		"error", one.State.Error, "log", text)
	kind := kv.ErrUnavailable
	if strings.Contains(text, "No space left on device") {
		kind = kv.ErrStorageFull
	}
	return kv.Refuse(kind, "the server of the image ended at once with exit code %d: %s", one.State.ExitCode, gist(text))
}

// gistLength is about how much of a log fits into a sentence.
const gistLength = 300

// linePrefix is what a server begins the lines of its log with: process, role, time and level.
var linePrefix = regexp.MustCompile(`^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [-.*#] `)

// gist returns the last line of a log, without what stands before the words.
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
func (j *job) limitMemory(ctx context.Context, name string) error {
	if err := j.server.configure(ctx, j.settings); err != nil {
		return err
	}
	err := j.limit(ctx, name, resources{Memory: memoryLimit(j.settings.MaxMemory)})
	switch {
	case errors.Is(err, kv.ErrUnavailable) || errors.Is(err, kv.ErrTimeout):
		return err
	case j.settings.MaxMemory.Bytes() == 0:
		return nil
	case err == nil:
		err = j.canLimit(ctx)
	}
	if err != nil {
		j.warning = "podman cannot limit the memory of the container here (as user on cgroups v1): max_memory holds " +
			"inside the server alone"
		j.engine.cfg.Log.Warn("limit of memory", "container", name, "error", err)
	}
	return nil
}

// canLimit returns an error where podman passes over limits without saying so.
func (j *job) canLimit(ctx context.Context) error {
	if j.engine.host == nil {
		h, err := j.host(ctx)
		if err != nil {
			return err
		}
		j.engine.host = &h
	}
	if j.engine.host.Security.Rootless && j.engine.host.CgroupVersion == "v1" {
		return errors.New("podman runs as user on cgroups v1, and ignores limits")
	}
	return nil
}

// portTaken tells whether a start failed because of its port.
func portTaken(err error) bool {
	var refusal *kv.Refusal
	return errors.As(err, &refusal) && strings.Contains(refusal.Detail, "port that podman chose")
}
