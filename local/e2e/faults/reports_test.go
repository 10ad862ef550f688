// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// damage is an unavoidable loss. It has to be reported in the status, and from then on no call may be answered as
// if nothing had happened.
type damage struct {
	store func(t *testing.T) (settings e2e.Object, args []string, do func(g *gateway))
	// reads, if it is set, is what clients may still be answered afterwards: 200 for what is there.
	reads bool
}

// reported causes the damage while clients work, and measures how long it takes until the status reports it.
func reported(t *testing.T, h damage) (v result) {
	t.Helper()
	settings, args, do := h.store(t)
	g := newGateway(t, settings, args...)
	f := workload.New(workload.Clients, g.tokens...)
	stop := f.Start(t, g.URL)
	f.Await(t, 4*workload.Writes)
	v.clients, v.rate = workload.Clients, f.Rate()
	do(g)
	begin := time.Now()
	what := ""
	e2e.Eventually(t, "the damage to be reported", func() string {
		r, err := g.Admin().Send(t.Context(), http.MethodGet, "/api/kv/status", nil)
		if err != nil {
			return err.Error()
		}
		var st e2e.Status
		r.Decode(t, &st)
		if what = st.Message; st.Healthy || what == "" {
			return r.String()
		}
		return ""
	})
	v.reported = time.Since(begin)
	t.Logf("after %v: %s", v.reported, what)
	if !h.reads {
		e2e.Eventually(t, "data calls to be refused", func() string {
			r := g.As(g.tokens[0]).KV(t, "get", e2e.Object{"key": "w0"})
			if r.Status != http.StatusServiceUnavailable || r.Problem().Detail == "" || r.Header.Get("Retry-After") == "" {
				return r.String()
			}
			return ""
		})
	}
	if ready := g.As("").Do(t, http.MethodGet, "/readyz", nil); ready.Status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %s", ready)
	}
	doctor := g.CLI("doctor")
	if doctor.Code == 0 {
		t.Errorf("doctor finds nothing: %s", doctor.Stdout)
	}
	stop()
	v.Result = f.Outcomes()
	if v.reported > allowed().report || v.Foreign > 0 {
		t.Errorf("reported after %v; %d answers contained data of another service", v.reported, v.Foreign)
	}
	return v
}

// overRedisOf returns the store of a damage to a Redis.
func overRedisOf(do func(t *testing.T, r *redistest.Server), args ...string) func(*testing.T) (e2e.Object, []string, func(*gateway)) {
	return func(t *testing.T) (e2e.Object, []string, func(*gateway)) {
		r := redistest.Start(t, args...)
		return e2e.External(r.URL), nil, func(*gateway) { do(t, r) }
	}
}

// overFile returns the store of a damage to the data directory of an embedded store.
func overFile(do func(t *testing.T, g *gateway)) func(*testing.T) (e2e.Object, []string, func(*gateway)) {
	return func(t *testing.T) (e2e.Object, []string, func(*gateway)) {
		return e2e.Object{"engine": "embedded"}, nil, func(g *gateway) { do(t, g) }
	}
}

func redisEmptied(t *testing.T) result {
	return reported(t, damage{store: overRedisOf(func(t *testing.T, r *redistest.Server) {
		if err := r.Client().FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}, e2e.FsyncAlways...)})
}

func redisForgetful(t *testing.T) result {
	return reported(t, damage{store: overRedisOf(func(_ *testing.T, r *redistest.Server) {
		r.Kill()
		r.Restart()
	}, "--save", "", "--appendonly", "no")})
}

// redisReplaced has the data of another service's Redis come up at the address: its projects have the same ids, and the
// same keys.
func redisReplaced(t *testing.T) result {
	return reported(t, damage{store: overRedisOf(func(t *testing.T, r *redistest.Server) {
		other := redistest.Start(t, e2e.FsyncAlways...)
		pairs := []any{"kv:owner", "another"}
		for i := range workload.Clients {
			pairs = append(pairs, fmt.Sprintf("kv:p1:w%d:0", i), `"another's"`)
		}
		if err := other.Client().MSet(t.Context(), pairs...).Err(); err != nil {
			t.Fatal(err)
		}
		from, to := filepath.Dir(appendOnlyFile(t, other)), filepath.Dir(appendOnlyFile(t, r))
		other.Kill()
		r.Kill()
		if err := errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(from))); err != nil {
			t.Fatal(err)
		}
		r.Restart()
	}, e2e.FsyncAlways...)})
}

func redisReadOnly(t *testing.T) result {
	return reported(t, damage{reads: true, store: func(t *testing.T) (e2e.Object, []string, func(*gateway)) {
		r, other := redistest.Start(t, e2e.FsyncAlways...), redistest.Start(t)
		return e2e.External(r.URL), nil, func(*gateway) {
			host, port, err := net.SplitHostPort(other.Addr)
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Client().ConfigSet(t.Context(), "repl-diskless-load", "disabled").Err(); err != nil {
				t.Fatal(err)
			}
			// Its master never answers: it keeps its data, and accepts no writes.
			if err := other.Client().ConfigSet(t.Context(), "requirepass", "none of its").Err(); err != nil {
				t.Fatal(err)
			}
			if err := r.Client().ReplicaOf(t.Context(), host, port).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}})
}

func redisWithoutQuorum(t *testing.T) result {
	return reported(t, damage{reads: true, store: overRedisOf(func(t *testing.T, r *redistest.Server) {
		if err := r.Client().ConfigSet(t.Context(), "min-replicas-to-write", "1").Err(); err != nil {
			t.Fatal(err)
		}
	}, e2e.FsyncAlways...)})
}

func fileRemoved(t *testing.T) result {
	return reported(t, damage{store: overFile(func(t *testing.T, g *gateway) {
		if err := os.Remove(filepath.Join(g.Dir, "data.db")); err != nil {
			t.Fatal(err)
		}
	})})
}

// fileDamaged overwrites pages in the middle of the file while the gateway is down.
func fileDamaged(t *testing.T) result {
	return reported(t, damage{reads: true, store: overFile(func(t *testing.T, g *gateway) {
		g.Terminate()
		overwrite(t, filepath.Join(g.Dir, "data.db"), 0.3, 0.7)
		g.again()
	})})
}

// controlTruncated leaves half of the control data next to a file that holds keys. The server does not start with that, and
// says what to do.
func controlTruncated(t *testing.T) (v result) {
	g := newGateway(t, e2e.Object{"engine": "embedded"})
	g.As(g.tokens[0]).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	g.Terminate()
	path := filepath.Join(g.Dir, "control.db")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{info.Size() / 2, 0, -1} {
		if size < 0 {
			err = os.Remove(path)
		} else {
			err = os.Truncate(path, size)
		}
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		r := e2e.RunCommand(e2e.Command(t, nil, "serve", "--data", g.Dir, "--addr", "127.0.0.1:0"))
		v.reported = max(v.reported, time.Since(begin))
		if r.Code <= 0 || !bytes.Contains([]byte(r.Stderr), []byte("control.db")) {
			t.Errorf("control.db of %d bytes next to a data.db with keys: %+v", size, r)
		}
	}
	return v
}

// overwrite puts random-looking bytes in place of a part of a file.
func overwrite(t *testing.T, path string, from, to float64) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := int(from * float64(len(text))); i < int(to*float64(len(text))); i++ {
		text[i] ^= byte(i*7 + 13)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
