// SPDX-License-Identifier: Apache-2.0

package podman_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/infra/redis"
)

// victimEnv makes the test program a victim: it holds one, as JSON.
const victimEnv = "TEMPSKV_PODMAN_VICTIM"

func TestMain(m *testing.M) {
	redis.LogTo(slog.New(slog.DiscardHandler)) // servers are killed here, and go-redis would log each
	if text := os.Getenv(victimEnv); text != "" {
		var v victim
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			fail(err)
		}
		v.live()
		return
	}
	podmantest.Alone()
	os.Exit(m.Run())
}

// victim is a process that enables an engine, updates it or restores other keys, and is killed at the beginning of a
// certain step of that.
type victim struct {
	Socket, Dir string
	From        engine.Settings
	To          *engine.Settings // nil: it is not killed in Update
	Restore     bool             // it is not killed in Enable, but from Staging to Promote
	Purge       bool             // it is not killed, and only calls Purge
	Step        int              // from 1
}

// live does the work of the victim. It ends by itself if there are fewer steps.
func (v victim) live() {
	left := -1 // steps that are not counted
	step := func(s engine.Step) {
		if left--; left == 0 {
			fmt.Println(s.Name)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	e := podman.NewEngine(podman.Config{Socket: v.Socket, Dir: v.Dir, Report: step})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if v.Purge {
		if err := e.Purge(ctx); err != nil {
			fail(err)
		}
		return
	}
	if v.To == nil && !v.Restore {
		left = v.Step
	}
	store, err := e.Enable(ctx, v.From)
	if err != nil {
		fail(err)
	}
	left = v.Step
	switch {
	case v.To != nil:
		err = v.update(ctx, e, store)
	case v.Restore:
		err = v.restore(ctx, e, store, step)
	}
	if err != nil {
		fail(err)
	}
}

func (v victim) update(ctx context.Context, e *podman.Engine, store kv.Store) error {
	_ = store.Close()
	if _, err := e.Prepare(ctx, v.From, *v.To); err != nil {
		return err
	}
	_, err := e.Update(ctx, v.From, *v.To)
	return err
}

func (v victim) restore(ctx context.Context, e *podman.Engine, store kv.Store, step func(engine.Step)) error {
	sc, err := e.Stage(ctx, v.From)
	if err != nil {
		return err
	}
	step(engine.Step{Name: "fill the staging"})
	if err := fillOther(ctx, sc.Store()); err != nil {
		return err
	}
	step(engine.Step{Name: "close the store"})
	_ = store.Close()
	_, err = sc.Promote(ctx, false)
	return err
}

// fillOther stores as many keys as fill, with other values.
func fillOther(ctx context.Context, store kv.Store) error {
	var entries []kv.Entry
	for i := range 1000 {
		entries = append(entries, kv.Entry{Key: kv.Key(fmt.Sprintf("key:%d", i)), Value: kv.Value(`"restored"`)})
	}
	return store.MSet(ctx, 1, entries)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
