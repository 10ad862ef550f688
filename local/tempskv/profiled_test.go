// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
)

const (
	// blockRate is how many nanoseconds a goroutine has to wait to be sampled for certain, and mutexFraction of how many
	// waits for a lock one is sampled.
	blockRate     = 10_000
	mutexFraction = 10
)

// profiled is main for make bench and make profile: with PROFILES_TO=DIR, it records where goroutines wait, and with PROFILE_CPU too,
// where the processors go instead. SIGUSR1 has it written there, to mutex and block, or to cpu. The program itself has no profiles.
func profiled() {
	dir := os.Getenv("PROFILES_TO")
	switch {
	case dir == "":
	case os.Getenv("PROFILE_CPU") != "":
		recordCPU(filepath.Join(dir, "cpu"))
	default:
		runtime.SetBlockProfileRate(blockRate)
		runtime.SetMutexProfileFraction(mutexFraction)
		whenAsked(func() error {
			return errors.Join(writeProfile("mutex", filepath.Join(dir, "mutex")), writeProfile("block", filepath.Join(dir, "block")))
		})
	}
	main()
}

// whenAsked calls f at the first SIGUSR1.
func whenAsked(f func() error) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		<-asked
		if err := f(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
}

// recordCPU records where the processors go until SIGUSR1, into a file that is complete once it is there.
func recordCPU(file string) {
	part, err := os.Create(file + ".part")
	if err == nil {
		err = pprof.StartCPUProfile(part)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	whenAsked(func() error {
		pprof.StopCPUProfile()
		return errors.Join(part.Close(), os.Rename(part.Name(), file))
	})
}

// writeProfile writes a profile into a file that is complete once it is there.
func writeProfile(name, file string) error {
	part, err := os.Create(file + ".part")
	if err != nil {
		return err
	}
	if err := pprof.Lookup(name).WriteTo(part, 0); err != nil {
		return err
	}
	if err := part.Close(); err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}
