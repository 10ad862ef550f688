// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/pprof/profile"
)

const (
	module = "github.com/tempskv/tempskv/"
	// topWaits is how many functions of a profile are reported.
	topWaits = 5
	// rareWaits is how many waits in 1,000 requests are too few to be of requests: loops in the background wait too.
	rareWaits = 1
	// shortWait is how many microseconds by request are not worth a row.
	shortWait = 0.01
)

// processors are what GOMAXPROCS is set to.
var processors = []int{2, 8, 32}

// profiled is where the requests of a workload wait.
type profiled struct {
	Workload          string  `json:"workload"`
	Gateway           string  `json:"gateway"`
	Processors        int     `json:"gomaxprocs"`
	RequestsPerSecond float64 `json:"requests_per_second"`
	Mutex             []wait  `json:"mutex"` // by who held the lock
	Block             []wait  `json:"block"` // by who waited
}

// wait is a function of ours in which goroutines waited, or for which they did.
type wait struct {
	Function string  `json:"function"`
	Us       float64 `json:"us"`    // by request
	Times    float64 `json:"times"` // by 1,000 requests
}

// buildProfiled builds the program of the tests of local/tempskv: under the name of the program it is that, and can record
// where it waits.
func (b *bench) buildProfiled(ctx context.Context) (string, error) {
	b.progress("profiles: build")
	file := filepath.Join(b.dir, "profiled", "tempskv")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", file, module+"local/tempskv").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w: %s", err, out)
	}
	return file, nil
}

// measureProfiles records where requests wait, by GOMAXPROCS: the rounds in the middle by what locks cost.
func (b *bench) measureProfiles(ctx context.Context, r *report) error {
	program, err := b.buildProfiled(ctx)
	if err != nil {
		return err
	}
	for _, w := range []struct{ op, engine, body string }{
		{"get", external, keyBody(oneOfKeys)},
		{"get", embedded, keyBody(oneOfKeys)},
		{"set", embedded, setBody(oneOfKeys, smallValue)},
	} {
		for _, n := range processors {
			b.progress("profiles: %s %s, GOMAXPROCS %d", w.op, w.engine, n)
			var rounds []profiled
			for range b.Rounds {
				p, err := b.profile(ctx, program, w.engine, w.op, w.body, n)
				b.end()
				if err != nil {
					return err
				}
				rounds = append(rounds, p)
			}
			slices.SortFunc(rounds, func(a, b profiled) int { return cmp.Compare(sumOf(a.Mutex), sumOf(b.Mutex)) })
			r.Profiles = append(r.Profiles, rounds[len(rounds)/2])
		}
	}
	return nil
}

// profile records one workload with a new server.
func (b *bench) profile(ctx context.Context, program, engine, op, body string, processors int) (p profiled, err error) {
	dir, a, err := b.record(ctx, program, engine, op, body, []string{"mutex", "block"}, fmt.Sprint("GOMAXPROCS=", processors))
	if err != nil {
		return p, err
	}
	p = profiled{Workload: op, Gateway: engine, Processors: processors, RequestsPerSecond: a.perSecond()}
	if p.Mutex, err = readWaits(filepath.Join(dir, "mutex"), a.Requests); err != nil {
		return p, err
	}
	p.Block, err = readWaits(filepath.Join(dir, "block"), a.Requests)
	return p, err
}

// record has a new server write these profiles of one workload, and returns the directory with them.
func (b *bench) record(ctx context.Context, program, engine, op, body string, names []string, env ...string) (dir string, a answers, err error) {
	dir = b.path("profiles")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", a, err
	}
	enable := `{"engine":"embedded"}`
	if engine == external {
		redis, err := b.startRedis(ctx)
		if err != nil {
			return "", a, err
		}
		enable = redis.enable(0)
	}
	s, err := b.startServer(ctx, program, engine, enable, append(env, "PROFILES_TO="+dir)...)
	if err != nil {
		return "", a, err
	}
	keys := max(bulkKeys, b.sizes[0])
	if err := s.fill(ctx, 0, keys); err != nil {
		return "", a, err
	}
	d := time.Duration(b.Seconds) * time.Second
	if a, err = wrk(ctx, b.script, goalConnections, d, s.among(op, body, keys).request); err != nil {
		return "", a, err
	}
	return dir, a, s.writeProfiles(ctx, dir, names)
}

// writeProfiles has a server write its profiles, and returns once they are there.
func (s *server) writeProfiles(ctx context.Context, dir string, names []string) error {
	if err := s.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return err
	}
	return s.await(ctx, func(context.Context) error {
		for _, name := range names {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// readWaits returns the functions of a profile with the longest waits, longest first.
func readWaits(file string, requests int64) ([]wait, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return waits(p, max(requests, 1)), nil
}

func waits(p *profile.Profile, requests int64) (all []wait) {
	const times, nanoseconds = 0, 1 // the values of a sample
	found := map[string]wait{}
	for _, s := range p.Sample {
		w := found[waiter(s)]
		w.Times += float64(s.Value[times]) / float64(requests) * 1e3
		w.Us += float64(s.Value[nanoseconds]) / float64(requests) / 1e3
		found[waiter(s)] = w
	}
	for name, w := range found {
		if w.Times >= rareWaits && w.Us >= shortWait {
			w.Function = name
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b wait) int { return cmp.Or(cmp.Compare(b.Us, a.Us), cmp.Compare(a.Function, b.Function)) })
	return all
}

// waiter names the function of ours that is nearest to where a sample waits, and how it waits; that of a library if there
// is none of ours.
func waiter(s *profile.Sample) string {
	var names []string // the innermost first
	for _, l := range s.Location {
		for _, line := range l.Line {
			names = append(names, line.Function.Name)
		}
	}
	how := ""
	if len(names) > 0 {
		how = " (" + wayOfWaiting(names[0]) + ")"
	}
	for _, name := range names {
		if ours, found := strings.CutPrefix(name, module); found {
			return withoutTypes(ours) + how
		}
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "runtime.") && !strings.HasPrefix(name, "sync.") && !strings.HasPrefix(name, "internal/") {
			return withoutTypes(name) + how
		}
	}
	if len(names) > 1 {
		return names[1] + how
	}
	return "runtime" + how
}

// withoutTypes shortens the type arguments in the name of a function.
func withoutTypes(name string) string {
	open, end := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if open < 0 || end < open {
		return name
	}
	return name[:open] + "[…" + name[end:]
}

// wayOfWaiting says in a word in what function of the runtime or of sync a goroutine waits.
func wayOfWaiting(function string) string {
	for _, w := range []struct{ part, word string }{
		{"chanrecv", "receive"}, {"chansend", "send"}, {"selectgo", "select"}, {"RWMutex", "rwmutex"}, {"Mutex", "mutex"},
		{"runtime.unlock", "lock of the runtime"}, {"LostContended", "locks of the runtime"}, {"Cond", "cond"}, {"WaitGroup", "wait group"},
	} {
		if strings.Contains(function, w.part) {
			return w.word
		}
	}
	return function
}
