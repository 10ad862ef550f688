// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/tempskv/tempskv/handlers/kv"
)

// converge brings up the installation that the settings ask for, from whatever an earlier job left behind: nothing, a
// part, or another installation, whose data are copied then.
func (j *job) converge(ctx context.Context) error {
	if j.record.resolve(j.settings) {
		if err := j.record.save(); err != nil {
			return err
		}
	}
	if err := j.locate(ctx); err != nil {
		return err
	}
	j.tidyOrWarn(ctx)
	want, err := j.wanted(ctx)
	if err != nil {
		return err
	}
	if current := j.record.Current; current.Build != (build{}) && !current.same(want) {
		return j.replace(ctx, want)
	}
	if err := j.bringUp(ctx, want); err != nil {
		return err
	}
	return j.commit(ctx, want)
}

// locate finds the volume with the data. It sets Current, to an installation without a build if none ever came up.
// Errors: ErrUnavailable if data that were there are gone.
func (j *job) locate(ctx context.Context) error {
	j.step("look at what is there")
	numbers, err := j.numbers(ctx)
	if err != nil {
		return err
	}
	current := j.record.Current
	switch {
	case current == nil && len(numbers) > 0:
		// The one before an update that did not end has the lower number.
		j.record.Current = &installation{Number: slices.Min(numbers)}
	case current == nil && !j.settings.Provisioned:
		j.record.Current = &installation{Number: 1}
	case current == nil || !slices.Contains(numbers, current.Number):
		return kv.Refuse(kv.ErrUnavailable, "the volume with the data is gone from podman, and all keys with it: put it back; or "+
			"begin with an empty one and bring back a backup: tempskv disable, tempskv engine purge, tempskv enable, then "+
			"tempskv backup restore ID (tempskv backup list shows the IDs)")
	}
	return nil
}

// freeNumber returns one that is higher than those of all installations.
func (j *job) freeNumber(ctx context.Context) (int, error) {
	numbers, err := j.numbers(ctx)
	return slices.Max(append(numbers, j.record.Current.Number)) + 1, err
}

// numbers returns those of all volumes that are there.
func (j *job) numbers(ctx context.Context) (numbers []int, err error) {
	all, err := j.volumes(ctx, j.record.owned())
	for _, v := range all {
		n, _ := strconv.Atoi(v.Labels[numberLabel])
		numbers = append(numbers, n)
	}
	return numbers, err
}

// wanted returns the installation that the settings ask for. Its image is on this machine and its build is known: the
// labels of a container show the version, and podman cannot change them later. While the name of the image stays the
// same, so does the image, even if the registry has another one under that name.
func (j *job) wanted(ctx context.Context) (installation, error) {
	current := j.record.Current
	want := installation{
		Number:      current.Number,
		Image:       cmp.Or(j.settings.DockerImage, current.Image, DefaultImage),
		Persistence: j.settings.Persistence,
	}
	var i image
	var kept bool
	var err error
	if want.Image == current.Image {
		i, kept, err = j.image(ctx, current.ImageID)
	}
	if err == nil && !kept {
		i, err = j.ensureImage(ctx, want.Image)
	}
	if err != nil {
		return want, err
	}
	want.ImageID = i.ID
	j.program[i.ID] = i.program()
	if kept && current.Build != (build{}) {
		want.Build = current.Build
	} else {
		want.Build, err = j.buildOf(ctx, want)
	}
	return want, err
}

// ensureImage returns an image, pulled if it is not there.
func (j *job) ensureImage(ctx context.Context, reference string) (image, error) {
	i, ok, err := j.image(ctx, reference)
	if ok || err != nil {
		return i, err
	}
	name := "pull " + reference
	j.step("%s", name)
	err = j.pull(ctx, reference, func(percent int) {
		j.engine.cfg.Report(kv.Step{Name: name, Percent: percent})
	})
	if err != nil {
		j.engine.cfg.Log.Warn("pull", "image", reference, "error", err)
		return i, explainPull(reference, err)
	}
	i, ok, err = j.image(ctx, reference)
	if err == nil && !ok {
		err = kv.Refuse(kv.ErrUnavailable, "the image %s is not there after it was pulled", reference)
	}
	return i, err
}

// tidy removes what earlier jobs left behind: everything of ours but the current installation and the previous.
func (j *job) tidy(ctx context.Context) error {
	var keep []string
	for _, i := range []*installation{j.record.Current, j.record.Previous} {
		if i != nil {
			secret, _ := j.record.acl(i.Build)
			keep = append(keep, secret, i.name(j.record.Owner))
		}
	}
	return j.removeAll(ctx, keep...)
}

// tidyOrWarn is tidy where a failure is in nobody's way: the next job tries again.
func (j *job) tidyOrWarn(ctx context.Context) {
	if err := j.tidy(ctx); err != nil {
		j.engine.cfg.Log.Warn("what earlier jobs left behind is not removed yet", "error", err)
	}
}

// removeInstallation removes a container and its volume.
func (j *job) removeInstallation(ctx context.Context, i installation) error {
	name := i.name(j.record.Owner)
	if err := j.remove(ctx, name); err != nil {
		return err
	}
	return j.removeVolume(ctx, name)
}

// removeAll removes the containers, volumes and secrets of ours, but for those to keep.
func (j *job) removeAll(ctx context.Context, keep ...string) error {
	containers, err := j.containers(ctx, j.record.owned())
	if err != nil {
		return err
	}
	volumes, err := j.volumes(ctx, j.record.owned())
	if err != nil {
		return err
	}
	secrets, err := j.secrets(ctx, j.record.secretPrefix())
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
		{containers, j.remove}, {names, j.removeVolume}, {secrets, j.removeSecret},
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
	return nil
}

// commit makes the installation that is up the current one.
func (j *job) commit(ctx context.Context, i installation) error {
	b, _, err := j.server.identity(ctx)
	if err != nil {
		return err
	}
	i.Build = b
	return j.record.makeCurrent(i)
}
