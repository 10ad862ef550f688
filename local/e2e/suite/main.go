// SPDX-License-Identifier: Apache-2.0

// Command suite runs go test with the arguments that it is given. With -program FILE before them it first builds tempskv
// there, which the tests in local/e2e then run. It prints how far it is at least every 10 s, and at the end what go test
// does not: which tests took longest, which were left out and why, and how many passed and failed. With
// TEMPSKV_REQUIRE_ALL set it fails if any was left out.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// progressTime is how long nothing may be printed.
const progressTime = 5 * time.Second

// programEnv is the environment variable that names the program to the tests in local/e2e, which otherwise build it once
// for each package.
const programEnv = "TEMPSKV_TEST_PROGRAM"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	tick := time.NewTicker(progressTime)
	defer tick.Stop()
	t := newTally(os.Stdout)
	if len(args) > 1 && args[0] == "-program" {
		program, err := filepath.Abs(args[1])
		if err != nil {
			return err
		}
		if err := t.build(ctx, program, tick.C); err != nil {
			return err
		}
		if err := os.Setenv(programEnv, program); err != nil {
			return err
		}
		args = args[2:]
	}
	start := time.Now()
	fmt.Fprintf(t.out, "building: go test %s\n", strings.Join(args, " "))
	test := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	test.Stderr = os.Stderr
	events, err := test.StdoutPipe()
	if err != nil {
		return err
	}
	if err := test.Start(); err != nil {
		return err
	}
	if err := t.read(events, tick.C); err != nil {
		_ = test.Process.Kill() // what it prints cannot be understood, so it must not go on waiting for a reader
		_ = test.Wait()
		return err
	}
	if err := test.Wait(); err != nil && t.failed == 0 {
		return fmt.Errorf("go test: %w", err)
	}
	t.report(time.Since(start))
	return t.err(os.Getenv("TEMPSKV_REQUIRE_ALL") != "")
}

// build builds the program, which needs no C library whatever its tests need.
func (t *tally) build(ctx context.Context, file string, tick <-chan time.Time) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", file, "./local/tempskv")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	fmt.Fprintf(t.out, "building: %s\n", file)
	ended := make(chan error, 1)
	go func() { ended <- build.Run() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("go build: %w", err)
			}
			return nil
		case now := <-tick:
			t.out.tick(now, t.passed, t.failed)
		}
	}
}
