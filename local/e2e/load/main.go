// SPDX-License-Identifier: Apache-2.0

// Command load measures tempskv in one run on one machine: next to a handler that does nothing, served by net/http and by
// the fast path, and next to webdis on the same Redis. It writes bin/bench.md, which is complete in itself, and
// bin/bench.json, to compare one run with another. It needs Linux, wrk and redis-server, and leaves webdis out where that
// is not installed.
//
//	make bench                    all sections, less than half an hour
//	make bench ONLY=goals         the ratios that the project holds itself to, less than six minutes
//	make bench ONLY=goals GOALS=set,mset,restore   some of them: webdis, set, mset, restore, memory, neighbours
//	make bench ONLY=commands      each command at 1, 64 and 1,000 connections
//	make bench ONLY=sizes         what a get, a set and a page of a scan cost with 1,000 to 1,000,000 keys
//	make bench ONLY=sizes HUGE=1  and with 10,000,000
//	make bench ONLY=memory        at rest, with idle connections, with 1,000,000 keys
//	make bench ONLY=neighbours    how a project fares during another's flood
//	make bench ONLY=profiles      where requests wait for each other with GOMAXPROCS of 2, 8 and 32
//	make bench QUICK=1            everything once and briefly: whether it works, not how fast it is
//
// ONLY takes several sections, separated by commas. Only a machine that does nothing else gives figures that mean
// something: the report says how busy it was before the run, and how much time its host took away during it.
//
// All subjects of a table are measured in turns, round by round, and each figure is the median of its rounds. A ratio is
// the median of the ratios of one round each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/tempskv/tempskv/handlers/access"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) == 5 && os.Args[1] == noopCommand {
		err = serveNoop(ctx, os.Args[2], os.Args[3], access.Token(os.Args[4]))
	} else {
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	o := options{effort: thorough}
	flag.StringVar(&o.server, "server", "bin/tempskv", "the program to measure")
	flag.StringVar(&o.out, "out", "bin", "the directory for bench.md and bench.json")
	only := flag.String("only", "", "the sections to measure, separated by commas (default: all)")
	onlyGoals := flag.String("goals", "", "the goals to measure in the section goals, separated by commas (default: all)")
	quick := flag.Bool("quick", false, "measure everything once and briefly, to see whether it works")
	profile := flag.String("profile", "", "write where the processors go to this file, and measure nothing else")
	huge := flag.Bool("huge", false, "measure sizes up to 10,000,000 keys")
	flag.Parse()
	if *quick {
		o.effort = brief
	}
	if *huge {
		o.sizes = append(o.sizes, 10_000_000)
	}
	if *profile != "" && !*quick {
		o.Seconds = profileSeconds
	}
	chosen, err := choose(sections(), *only)
	if err != nil {
		return err
	}
	if o.goals, err = choose(goals(), *onlyGoals); err != nil {
		return err
	}
	for _, program := range []string{"wrk", "redis-server"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("left out: the load run needs %s, which is not in PATH (Debian: apt-get install %[1]s)\n", program)
			return nil
		}
	}
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.close()
	if *profile != "" {
		return b.recordCPU(ctx, *profile)
	}
	r, err := b.measureAll(ctx, chosen)
	if r == nil {
		return err
	}
	if failed := r.write(o.out); failed != nil {
		return errors.Join(err, failed)
	}
	fmt.Printf("%s\nwritten to %s\n", r.markdown(), filepath.Join(o.out, "bench.md"))
	return err
}
