// SPDX-License-Identifier: Apache-2.0

package main

import (
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

// profiled is main for make bench: with PROFILES_TO=DIR, it records where goroutines wait, and SIGUSR1 has it written to
// mutex and block there. The program itself has no profiles.
func profiled() {
	if dir := os.Getenv("PROFILES_TO"); dir != "" {
		runtime.SetBlockProfileRate(blockRate)
		runtime.SetMutexProfileFraction(mutexFraction)
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGUSR1)
		go func() {
			<-asked
			for _, name := range []string{"mutex", "block"} {
				if err := writeProfile(name, filepath.Join(dir, name)); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		}()
	}
	main()
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
