// SPDX-License-Identifier: Apache-2.0

// Command suite runs go test with the arguments that it is given, and ends with what go test leaves unsaid: which tests
// were left out and why, and how many passed and failed. With TEMPSKV_REQUIRE_ALL set it fails if any was left out.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	start := time.Now()
	test := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	test.Stderr = os.Stderr
	events, err := test.StdoutPipe()
	if err != nil {
		return err
	}
	if err := test.Start(); err != nil {
		return err
	}
	t := newTally(os.Stdout)
	if err := t.read(events); err != nil {
		_ = test.Process.Kill() // what it prints cannot be understood, so it must not go on waiting for a reader
		_ = test.Wait()
		return err
	}
	if err := test.Wait(); err != nil && t.failed == 0 {
		return fmt.Errorf("go test: %w", err)
	}
	t.report(time.Since(start))
	return t.verdict(os.Getenv("TEMPSKV_REQUIRE_ALL") != "")
}
