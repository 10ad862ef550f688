// SPDX-License-Identifier: Apache-2.0

// Command load measures what tempskv costs, in one run on one machine next to a handler that does nothing and webdis on
// the same Redis: requests per second, latency, and CPU time of gateway and Redis per request. It needs Linux, wrk and
// redis-server, and compares with webdis where that is installed. See `make bench`.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/tempskv/tempskv/handlers/access"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) == 4 && os.Args[1] == noopCommand {
		err = serveNoop(os.Args[2], access.Token(os.Args[3]))
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
	var o options
	flag.StringVar(&o.server, "server", "bin/tempskv", "the program to measure")
	flag.IntVar(&o.connections, "connections", 64, "connections at a time")
	flag.IntVar(&o.seconds, "seconds", 5, "how long one round takes")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds of each workload, gateway by gateway in turn")
	flag.BoolVar(&o.neighbours, "neighbours", false, "measure only how a project fares during another's flood")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()

	for _, program := range []string{"wrk", "redis-server"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("left out: the load run needs %s, which is not in PATH (Debian: apt-get install %[1]s)\n", program)
			return nil
		}
	}
	r, err := measureAll(ctx, o)
	if err != nil {
		return err
	}
	if *asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}
	return r.print(os.Stdout)
}
