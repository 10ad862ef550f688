// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Prepare does what an update can do while the store serves: it pulls the image, and refuses one that would not read
// the data. It reports whether the update needs the store closed. Errors: as Enable, ErrConflict.
func (e *Engine) Prepare(ctx context.Context, _, to kv.Settings) (interrupts bool, err error) {
	j, err := e.begin(ctx, to)
	if err != nil {
		return false, err
	}
	defer j.end(&err)
	_, interrupts, err = j.plan(ctx)
	if r := e.now.Load(); err == nil && interrupts && r != nil {
		err = r.server.checkWritten(ctx)
	}
	return interrupts, err
}

// plan returns the installation that an update leads to, and whether that is another one.
func (j *job) plan(ctx context.Context) (want installation, other bool, err error) {
	if j.record.Current == nil {
		return want, false, kv.Refuse(kv.ErrUnavailable, "there is no container to update")
	}
	if want, err = j.wanted(ctx); err != nil || j.record.Current.same(want) {
		return want, false, err
	}
	return want, true, checkUpgrade(j.record.Current.Build, want.Build)
}

// Update changes the limits of memory of what runs; for everything else it brings up another container, on a copy of
// the data. If it fails, what served before is stopped at worst, and its data are untouched: Enable with the settings
// from before brings it back. Errors: as Prepare and Enable.
func (e *Engine) Update(ctx context.Context, _, to kv.Settings) (_ kv.Store, err error) {
	j, err := e.begin(ctx, to)
	if err != nil {
		return nil, err
	}
	defer j.end(&err)
	want, other, err := j.plan(ctx)
	if err != nil {
		return nil, err
	}
	if !other {
		return nil, j.limitRunning(ctx)
	}
	if err := j.replace(ctx, want); err != nil {
		return nil, err
	}
	return j.open(ctx)
}

// limitRunning changes the limits of memory of what runs.
func (j *job) limitRunning(ctx context.Context) error {
	r := j.engine.now.Load()
	if r == nil {
		return kv.Refuse(kv.ErrUnavailable, "there is no container to update")
	}
	j.server = newServer(r.server.addr, j.record.AdminPassword)
	if err := j.limitMemory(ctx, r.name); err != nil {
		return err
	}
	limited := *r
	limited.warning = j.warning
	j.engine.now.Store(&limited)
	return nil
}

// replace brings up another installation on a copy of the data, and makes it the current one. The data themselves stay
// as they are, so that whatever fails, the installation of before is whole. It is removed by confirm.
func (j *job) replace(ctx context.Context, want installation) error {
	from := *j.record.Current
	if err := checkUpgrade(from.Build, want.Build); err != nil {
		return err
	}
	var err error
	if want.Number, err = j.freeNumber(ctx); err != nil {
		return err
	}
	before, err := j.settle(ctx, from, want)
	if err != nil {
		return err
	}
	if err := j.tryOn(ctx, from, want, before); err != nil {
		return errors.Join(err, undo(ctx, j.tidy))
	}
	return nil
}

// tryOn copies the data, brings the installation up on them, and makes it the current one if no key is missing.
func (j *job) tryOn(ctx context.Context, from, want installation, before *keyspace) error {
	if err := j.copyVolume(ctx, from, want); err != nil {
		return err
	}
	if err := j.bringUp(ctx, want); err != nil {
		return err
	}
	j.step("count the keys")
	after, err := j.server.keyspace(ctx)
	if err != nil {
		return err
	}
	if before != nil && after.missing(*before) {
		return kv.Refuse(kv.ErrConflict, "with the image %s there were %d keys that last where there had been %d: "+
			"the one before goes on", want.Image, after.lasting, before.lasting)
	}
	j.step("switch")
	return j.commit(ctx, want)
}

// settle stops what served, with all its data on the disk in a form that the next one reads, and counts its keys. One
// whose image is gone cannot be asked: then its volume is taken as it is.
func (j *job) settle(ctx context.Context, from, want installation) (*keyspace, error) {
	i, ok, err := j.image(ctx, from.ImageID)
	if !ok || err != nil {
		return nil, err
	}
	j.program[i.ID] = i.program()
	if err := j.bringUp(ctx, from); err != nil {
		return nil, err
	}
	old := j.server
	j.server = nil
	defer old.close()
	if want.Persistence && !from.Persistence {
		j.step("write the data to the volume")
		if err := old.appendAll(ctx); err != nil {
			return nil, err
		}
	}
	if err := old.checkWritten(ctx); err != nil {
		return nil, err
	}
	before, err := old.keyspace(ctx)
	if err != nil {
		return nil, err
	}
	j.step("stop what serves")
	if err := old.shutdown(ctx, !want.Persistence); err != nil {
		return nil, err
	}
	return &before, j.halt(ctx, from.name(j.record.Owner), stopTime)
}

// copyVolume copies the data into the volume of another installation.
func (j *job) copyVolume(ctx context.Context, from, to installation) error {
	if err := j.ensureParts(ctx, to); err != nil {
		return err
	}
	j.step("copy the data")
	helper := j.helperSpec(to.ImageID, "true")
	helper.Volumes = []mount{dataMount(from.name(j.record.Owner))}
	return j.withHelper(ctx, helper, func() error {
		return j.copyData(ctx, helper.Name, to.name(j.record.Owner))
	})
}

// helperSpec returns a container that serves nobody. There is one at a time.
func (j *job) helperSpec(imageID string, command ...string) spec {
	labels := map[string]string{ownerLabel: j.record.Owner, engineLabel: string(kv.Podman)}
	s := locked(j.record.secretPrefix()+"helper", imageID, labels, command...)
	s.Network = &namespace{"none"}
	return s
}

// withHelper creates a container for the time that f takes.
func (j *job) withHelper(ctx context.Context, s spec, f func() error) error {
	if err := j.remove(ctx, s.Name); err != nil {
		return err
	}
	if _, err := j.create(ctx, s); err != nil {
		return err
	}
	err := f()
	return errors.Join(err, undo(ctx, func(ctx context.Context) error { return j.remove(ctx, s.Name) }))
}

// buildOf asks an image which server it holds. What it says of itself in its labels and variables differs from image to
// image, and is wrong in some.
func (j *job) buildOf(ctx context.Context, i installation) (b build, err error) {
	if b, ok := j.engine.builds[i.ImageID]; ok {
		return b, nil
	}
	j.step("ask the image for its version")
	helper := j.helperSpec(i.ImageID, j.program[i.ImageID], "--version")
	var text string
	err = j.withHelper(ctx, helper, func() error {
		text, err = j.output(ctx, helper.Name)
		return err
	})
	if err != nil {
		return b, err
	}
	b, ok := parseBuild(text)
	if !ok {
		j.engine.cfg.Log.Warn("the image does not tell a version", "image", i.Image, "log", text)
		return b, kv.Refuse(kv.ErrInvalid, "the image %s holds neither Redis nor Valkey: %s", i.Image, gist(text))
	}
	j.engine.builds[i.ImageID] = b
	return b, nil
}

// output returns what a container writes until it ends.
func (j *job) output(ctx context.Context, name string) (string, error) {
	j.doing = "start a container of the image"
	if err := j.act(ctx, name, "start", nil); err != nil {
		return "", err
	}
	if err := j.do(ctx, request{
		method: http.MethodPost, endpoint: "/containers/%s/wait", path: []string{name},
		query: url.Values{"condition": {"exited"}, "interval": {pollTime.String()}},
	}, nil); err != nil {
		return "", err
	}
	return j.logs(ctx, name, 20)
}
