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

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/infra/redis"
)

// victimEnv makes the test program a victim: it holds one, as JSON.
const victimEnv = "TEMPSKV_PODMAN_VICTIM"

func TestMain(m *testing.M) {
	redis.LogTo(slog.New(slog.DiscardHandler)) // servers are killed here, and go-redis would tell of each
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

// victim is a process that enables an engine, or updates it, and is killed as it begins a certain step.
type victim struct {
	Socket, Dir string
	From        kv.Settings
	To          *kv.Settings // nil: it is killed in Enable
	Step        int          // from 1
}

// live does what is to be killed. It ends by itself if there are fewer steps.
func (v victim) live() {
	left := -1 // steps that are not counted
	e := podman.NewEngine(podman.Config{Socket: v.Socket, Dir: v.Dir, Report: func(s kv.Step) {
		if left--; left == 0 {
			fmt.Println(s.Name)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if v.To == nil {
		left = v.Step
	}
	store, err := e.Enable(ctx, v.From)
	if err != nil {
		fail(err)
	}
	if v.To == nil {
		return
	}
	_ = store.Close()
	left = v.Step
	if _, err := e.Prepare(ctx, v.From, *v.To); err != nil {
		fail(err)
	}
	if _, err := e.Update(ctx, v.From, *v.To); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
