// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// converge brings up the installation that the settings ask for, whatever an earlier task left behind: nothing, a part,
// or another installation, whose data are then copied.
func (t *task) converge(ctx context.Context) error {
	if t.record.resolve(t.settings) {
		if err := t.record.save(); err != nil {
			return err
		}
	}
	if err := t.locate(ctx); err != nil {
		return err
	}
	t.tidyOrWarn(ctx)
	want, err := t.wanted(ctx)
	if err != nil {
		return err
	}
	if current := t.record.Current; current.Build != (build{}) && !current.same(want) {
		return t.replace(ctx, want)
	}
	if err := t.bringUp(ctx, want); err != nil {
		return err
	}
	return t.commit(ctx, want)
}

// locate finds the volume with the data. It sets Current, to an installation without a build if none ever came up.
// Errors: ErrUnavailable if data that were there are gone.
func (t *task) locate(ctx context.Context) error {
	t.step("look at what is there")
	numbers, err := t.numbers(ctx)
	if err != nil {
		return err
	}
	current := t.record.Current
	switch {
	case current == nil && len(numbers) > 0:
		// The one before an update that did not end has the lower number.
		t.record.Current = &installation{Number: slices.Min(numbers)}
	case current == nil && !t.settings.Provisioned:
		t.record.Current = &installation{Number: 1}
	case current == nil || !slices.Contains(numbers, current.Number):
		return kv.Refuse(kv.ErrUnavailable, "the volume with the data is gone from podman, and all keys with it: put it back; or "+
			"begin with an empty one and bring back a backup: tempskv disable, tempskv engine purge, tempskv enable, then "+
			"tempskv backup restore ID (tempskv backup list shows the IDs)")
	}
	return nil
}

// freeNumber returns a number higher than those of all installations.
func (t *task) freeNumber(ctx context.Context) (int, error) {
	numbers, err := t.numbers(ctx)
	return slices.Max(append(numbers, t.record.Current.Number)) + 1, err
}

// numbers returns those of all volumes that are there.
func (t *task) numbers(ctx context.Context) (numbers []int, err error) {
	all, err := t.volumes(ctx, t.record.owned())
	for _, v := range all {
		n, _ := strconv.Atoi(v.Labels[numberLabel])
		numbers = append(numbers, n)
	}
	return numbers, err
}

// wanted returns the installation that the settings ask for. Its image is on this machine and its build is known: the
// labels of a container show the version, and podman cannot change them later. While the name of the image stays the
// same, so does the image, even if the registry has another one under that name.
func (t *task) wanted(ctx context.Context) (installation, error) {
	current := t.record.Current
	want := installation{
		Number:      current.Number,
		Image:       cmp.Or(t.settings.DockerImage, current.Image, DefaultImage),
		Persistence: t.settings.Persistence,
	}
	var i image
	var kept bool
	var err error
	if want.Image == current.Image {
		i, kept, err = t.image(ctx, current.ImageID)
	}
	if err == nil && !kept {
		i, err = t.ensureImage(ctx, want.Image)
	}
	if err != nil {
		return want, err
	}
	want.ImageID = i.ID
	t.program[i.ID] = i.program()
	if kept && current.Build != (build{}) {
		want.Build = current.Build
	} else {
		want.Build, err = t.buildOf(ctx, want)
	}
	return want, err
}

// ensureImage returns an image, pulled if it is not there.
func (t *task) ensureImage(ctx context.Context, reference string) (image, error) {
	i, ok, err := t.image(ctx, reference)
	if ok || err != nil {
		return i, err
	}
	name := "pull " + reference
	t.step("%s", name)
	err = t.pull(ctx, reference, func(percent int) {
		t.engine.cfg.Report(engine.Step{Name: name, Percent: percent})
	})
	if err != nil {
		t.engine.cfg.Log.Warn("pull", "image", reference, "error", err)
		return i, explainPull(reference, err)
	}
	i, ok, err = t.image(ctx, reference)
	if err == nil && !ok {
		err = kv.Refuse(kv.ErrUnavailable, "the image %s is not there after it was pulled", reference)
	}
	return i, err
}

// tidy removes what earlier tasks left behind: everything of ours but the current installation and the previous.
func (t *task) tidy(ctx context.Context) error {
	var keep []string
	for _, i := range []*installation{t.record.Current, t.record.Previous} {
		if i != nil {
			secret, _ := t.record.acl(i.Build)
			keep = append(keep, secret, i.name(t.record.Owner))
		}
	}
	return t.removeAll(ctx, keep...)
}

// tidyOrWarn is tidy if a failure does no harm: the next task tries again.
func (t *task) tidyOrWarn(ctx context.Context) {
	if err := t.tidy(ctx); err != nil {
		t.engine.cfg.Log.Warn("what earlier tasks left behind is not removed yet", "error", err)
	}
}

// removeInstallation removes a container and its volume.
func (t *task) removeInstallation(ctx context.Context, i installation) error {
	name := i.name(t.record.Owner)
	if err := t.remove(ctx, name); err != nil {
		return err
	}
	if err := t.removeVolume(ctx, name); err != nil {
		return err
	}
	return os.RemoveAll(t.engine.socketDir(i))
}

// removeAll removes the containers, volumes, secrets and sockets of ours, but for those to keep.
func (t *task) removeAll(ctx context.Context, keep ...string) error {
	containers, err := t.containers(ctx, t.record.owned())
	if err != nil {
		return err
	}
	volumes, err := t.volumes(ctx, t.record.owned())
	if err != nil {
		return err
	}
	secrets, err := t.secrets(ctx, t.record.secretPrefix())
	if err != nil {
		return err
	}
	var names []string
	for _, v := range volumes {
		names = append(names, v.Name)
	}
	for _, group := range []struct {
		names  []string
		remove func(context.Context, string) error
	}{
		{containers, t.remove}, {names, t.removeVolume}, {secrets, t.removeSecret},
	} {
		for _, name := range group.names {
			if slices.Contains(keep, name) {
				continue
			}
			if err := group.remove(ctx, name); err != nil {
				return err
			}
		}
	}
	if len(keep) == 0 {
		if err := t.removeNetwork(ctx); err != nil {
			return err
		}
	}
	return t.removeSockets(keep...)
}

// commit makes the installation that is up the current one.
func (t *task) commit(ctx context.Context, i installation) error {
	b, _, err := t.server.identity(ctx)
	if err != nil {
		return err
	}
	i.Build = b
	return t.record.makeCurrent(i)
}
