// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Prepare does what an update can do while the store serves: it pulls the image, and refuses one that would not read
// the data. It reports whether the update needs the store closed. Errors: as Enable, ErrConflict.
func (e *Engine) Prepare(ctx context.Context, _, to engine.Settings) (interrupts bool, err error) {
	t, err := e.begin(ctx, to)
	if err != nil {
		return false, err
	}
	defer t.end(&err)
	_, interrupts, err = t.plan(ctx)
	if r := e.now.Load(); err == nil && interrupts && r != nil {
		err = r.server.checkWritten(ctx)
	}
	return interrupts, err
}

// plan returns the installation that an update leads to, and whether that is another one.
func (t *task) plan(ctx context.Context) (want installation, other bool, err error) {
	if t.record.Current == nil {
		return want, false, kv.Refuse(kv.ErrUnavailable, "there is no container to update")
	}
	if want, err = t.wanted(ctx); err != nil || t.record.Current.same(want) {
		return want, false, err
	}
	return want, true, checkUpgrade(t.record.Current.Build, want.Build)
}

// Update changes the limits of memory of what runs; for everything else it brings up another container, on a copy of
// the data. If it fails, what served before is stopped at worst, and its data are untouched: Enable with the settings
// from before brings it back. Errors: as Prepare and Enable.
func (e *Engine) Update(ctx context.Context, _, to engine.Settings) (_ kv.Store, err error) {
	t, err := e.begin(ctx, to)
	if err != nil {
		return nil, err
	}
	defer t.end(&err)
	want, other, err := t.plan(ctx)
	if err != nil {
		return nil, err
	}
	if !other {
		return nil, t.limitRunning(ctx)
	}
	if err := t.replace(ctx, want); err != nil {
		return nil, err
	}
	return t.open(ctx)
}

// limitRunning changes the limits of memory of what runs.
func (t *task) limitRunning(ctx context.Context) error {
	r := t.engine.now.Load()
	if r == nil {
		return kv.Refuse(kv.ErrUnavailable, "there is no container to update")
	}
	t.server = newServer(r.server.addr, t.record.AdminPassword)
	if err := t.limitMemory(ctx, r.name); err != nil {
		return err
	}
	limited := *r
	limited.warning = t.warning
	t.engine.now.Store(&limited)
	return nil
}

// replace brings up another installation on a copy of the data, and makes it the current one. The data themselves stay
// as they are: if anything fails, the installation before is whole. It is removed by confirm.
func (t *task) replace(ctx context.Context, want installation) error {
	from := *t.record.Current
	if err := checkUpgrade(from.Build, want.Build); err != nil {
		return err
	}
	var err error
	if want.Number, err = t.freeNumber(ctx); err != nil {
		return err
	}
	before, err := t.quiesce(ctx, from, want)
	if err != nil {
		return err
	}
	if err := t.bringUpCopy(ctx, from, want, before); err != nil {
		return errors.Join(err, undo(ctx, t.tidy))
	}
	return nil
}

// bringUpCopy copies the data, brings the installation up on the copy, and makes it the current one if no key is missing.
func (t *task) bringUpCopy(ctx context.Context, from, want installation, before *keyspace) error {
	if err := t.copyVolume(ctx, from, want); err != nil {
		return err
	}
	if err := t.bringUp(ctx, want); err != nil {
		return err
	}
	t.step("count the keys")
	after, err := t.server.keyspace(ctx)
	if err != nil {
		return err
	}
	if before != nil && after.missing(*before) {
		return kv.Refuse(kv.ErrConflict, "with the image %s there were %d keys that last where there had been %d: "+
			"the one before goes on", want.Image, after.lasting, before.lasting)
	}
	t.step("switch")
	return t.commit(ctx, want)
}

// quiesce stops what served, with all its data on the disk in a form that the next one reads, and counts its keys. If its
// image is gone it cannot run: then its volume is used as it is.
func (t *task) quiesce(ctx context.Context, from, want installation) (*keyspace, error) {
	i, ok, err := t.image(ctx, from.ImageID)
	if !ok || err != nil {
		return nil, err
	}
	t.program[i.ID] = i.program()
	if err := t.bringUp(ctx, from); err != nil {
		return nil, err
	}
	old := t.server
	t.server = nil
	defer old.close()
	if want.Persistence && !from.Persistence {
		t.step("write the data to the volume")
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
	t.step("stop what serves")
	if err := old.shutdown(ctx, !want.Persistence); err != nil {
		return nil, err
	}
	return &before, t.halt(ctx, from.name(t.record.Owner), stopTime)
}

// copyVolume copies the data into the volume of another installation.
func (t *task) copyVolume(ctx context.Context, from, to installation) error {
	if err := t.ensureParts(ctx, to); err != nil {
		return err
	}
	t.step("copy the data")
	helper := t.helperSpec(to.ImageID, "true")
	helper.Volumes = []mount{dataMount(from.name(t.record.Owner))}
	return t.withHelper(ctx, helper, func() error {
		return t.copyData(ctx, helper.Name, to.name(t.record.Owner))
	})
}

// helperSpec returns a container without a server. There is one at a time.
func (t *task) helperSpec(imageID string, command ...string) spec {
	labels := map[string]string{ownerLabel: t.record.Owner, engineLabel: string(engine.Podman)}
	s := locked(t.record.secretPrefix()+"helper", imageID, labels, command...)
	s.Network = &namespace{"none"}
	return s
}

// withHelper creates a container for the time that f takes.
func (t *task) withHelper(ctx context.Context, s spec, f func() error) error {
	if err := t.remove(ctx, s.Name); err != nil {
		return err
	}
	if _, err := t.create(ctx, s); err != nil {
		return err
	}
	err := f()
	return errors.Join(err, undo(ctx, func(ctx context.Context) error { return t.remove(ctx, s.Name) }))
}

// buildOf runs an image to find out which server it holds. Its labels and variables differ from image to image, and are
// wrong in some.
func (t *task) buildOf(ctx context.Context, i installation) (b build, err error) {
	if b, ok := t.engine.builds[i.ImageID]; ok {
		return b, nil
	}
	t.step("ask the image for its version")
	helper := t.helperSpec(i.ImageID, t.program[i.ImageID], "--version")
	var text string
	err = t.withHelper(ctx, helper, func() error {
		text, err = t.output(ctx, helper.Name)
		return err
	})
	if err != nil {
		return b, err
	}
	b, ok := parseBuild(text)
	if !ok {
		t.engine.cfg.Log.Warn("the image does not tell a version", "image", i.Image, "log", text)
		return b, kv.Refuse(kv.ErrInvalid, "the image %s holds neither Redis nor Valkey: %s", i.Image, gist(text))
	}
	t.engine.builds[i.ImageID] = b
	return b, nil
}

// output returns what a container writes until it ends.
func (t *task) output(ctx context.Context, name string) (string, error) {
	t.doing = "start a container of the image"
	if err := t.act(ctx, name, "start", nil); err != nil {
		return "", err
	}
	if err := t.do(ctx, request{
		method: http.MethodPost, endpoint: "/containers/%s/wait", path: []string{name},
		query: url.Values{"condition": {"exited"}, "interval": {pollTime.String()}},
	}, nil); err != nil {
		return "", err
	}
	return t.logs(ctx, name, 20)
}
