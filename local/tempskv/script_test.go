// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestMain(m *testing.M) {
	const name = "tempskv"
	if filepath.Base(os.Args[0]) != name { // else a script runs the program
		podmantest.Alone()
	}
	testscript.Main(m, map[string]func(){name: profiled})
}

// TestScripts runs the program as its own process. Each script has its own data directory, and starts
// its server with "exec tempskv serve &server&" and "ready".
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, scripts("testdata"))
}

// TestRedisScripts does the same with a Redis, whose URL is in REDIS, and with others that a script starts: redisserver NAME
// ARGS... sets NAME to the address of one.
func TestRedisScripts(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes")
	p := scripts(filepath.Join("testdata", "redis"))
	setUp := p.Setup
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("REDIS", redis.URL)
		return setUp(env)
	}
	p.Cmds["redisserver"] = func(ts *testscript.TestScript, _ bool, args []string) {
		s := redistest.Start(t, args[1:]...)
		ts.Setenv(args[0], s.Addr)
	}
	p.Cmds["redis"] = askRedis
	testscript.Run(t, p)
}

// askRedis sends one command to a Redis and sets REPLY to its answer: redis $REDIS DBSIZE.
func askRedis(ts *testscript.TestScript, _ bool, args []string) {
	options, err := goredis.ParseURL(args[0])
	ts.Check(err)
	c := goredis.NewClient(options)
	defer c.Close()
	words := make([]any, len(args)-1)
	for i, word := range args[1:] {
		words[i] = word
	}
	answer, err := c.Do(context.Background(), words...).Result()
	ts.Check(err)
	ts.Setenv("REPLY", fmt.Sprint(answer))
}

func scripts(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			format1, err := filepath.Abs("../../infra/control/sqlite/testdata/format1.sql")
			env.Setenv("FORMAT1", format1) // a control.db of an earlier release
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TEMPSKV_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("TEMPSKV_ADDR", "127.0.0.1:0")
			env.Setenv("TEMPSKV_PODMAN_SOCKET", filepath.Join(env.WorkDir, "no-podman.sock"))
			env.Setenv("TEMPSKV_DRAIN_DELAY", "0s")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // or with -race each command would end with a second of sleep
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"ready":       ready,
			"terminate":   terminate,
			"healthy":     healthy,
			"exits":       exits,
			"shows":       shows,
			"capture":     capture,
			"mode":        mode,
			"paste":       paste,
			"signin":      signIn,
			"certificate": certificate,
			"sql":         runSQL,
			"linebreak":   lineBreak,
			"replace":     replace,
		},
	}
}

// ready waits until the server on the data directory has left word for clients, and sets URL and ADDR.
func ready(ts *testscript.TestScript, _ bool, _ []string) {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if local, err := readClientFile(ts.MkAbs(ts.Getenv("TEMPSKV_DATA"))); err == nil {
			ts.Setenv("URL", local.URL)
			ts.Setenv("ADDR", local.URL[strings.LastIndex(local.URL, "/")+1:])
			return
		}
	}
	ts.Fatalf("no server came up")
}

// healthy waits until the store of the server is up again.
func healthy(ts *testscript.TestScript, neg bool, _ []string) {
	shows(ts, neg, []string{"on, healthy", "tempskv", "status"})
}

// terminate sends SIGTERM to the server on the data directory, by the id that it wrote there.
func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(filepath.Join(ts.Getenv("TEMPSKV_DATA"), "lock"))))
	ts.Check(err)
	ts.Check(syscall.Kill(pid, syscall.SIGTERM))
}

// exits runs a command that must end with a certain exit code: exits 3 tempskv kv get nothing.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// shows runs a command until its standard output matches: shows 'on, healthy' tempskv status.
func shows(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%s does not come to be shown", args[0])
}

// capture sets a variable to the standard output of the last command, or to what follows a prefix on a line of it, up to
// the end of that or a text that is given: capture ID 'Made ' ':'.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	out := ts.ReadFile("stdout")
	if len(args) == 1 {
		ts.Setenv(args[0], strings.TrimSpace(out))
		return
	}
	_, rest, found := strings.Cut(out, args[1])
	if !found {
		ts.Fatalf("there is no %q", args[1])
	}
	line, _, _ := strings.Cut(rest, append(args[2:], "\n")[0])
	ts.Setenv(args[0], strings.TrimSpace(line))
}

// mode checks the permissions of files: mode 600 data/client.json.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := info.Mode().Perm(); got != os.FileMode(want) {
			ts.Fatalf("%s has mode %o, want %o", name, got, want)
		}
	}
}

// replace replaces a text in a file: replace SUM $SUM boot.yaml.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[2])
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(ts.ReadFile(path), args[0], args[1])), 0o600))
}

// lineBreak sets a variable to a text with a line break behind it: linebreak TEMPSKV_TOKEN $KEY.
func lineBreak(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], args[1]+"\n") }

// runSQL runs what a file says on an SQLite file, which it makes if need be: sql data/control.db made.sql.
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.ExecContext(context.Background(), ts.ReadFile(args[1]))
	ts.Check(errors.Join(err, db.Close()))
}
