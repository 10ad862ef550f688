// SPDX-License-Identifier: Apache-2.0

package processors

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// tick is the unit of /proc/stat. It is the same on all machines that Go runs on (proc(5), USER_HZ).
const tick = time.Second / 100

// times are times since the start of the machine or of the program.
type times struct {
	at         time.Time
	used       time.Duration // by this program
	idle, work time.Duration // of all processors of the machine
	waited     time.Duration // by the threads of this program for a processor
	answered   uint64        // requests
}

// look reads the times.
func look(answered func() uint64) (times, error) {
	var t times
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return t, err
	}
	t.used = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return t, err
	}
	if t.idle, t.work, err = parseStat(stat); err != nil {
		return t, err
	}
	t.waited = waitedByThreads("/proc/self/task")
	t.answered = answered()
	t.at = time.Now()
	return t, nil
}

// parseStat returns for how long all processors together were idle, and for how long they were not.
func parseStat(stat []byte) (idle, work time.Duration, err error) {
	line, _, _ := bytes.Cut(stat, []byte{'\n'})
	fields := bytes.Fields(line)
	const first, last = 1, 8 // user, nice, system, idle, iowait, irq, softirq, steal
	if len(fields) <= last || string(fields[0]) != "cpu" {
		return 0, 0, errors.New("/proc/stat has no times of the processors")
	}
	for i := first; i <= last; i++ {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("/proc/stat: %w", err)
		}
		if d := time.Duration(n) * tick; i == 4 || i == 5 {
			idle += d
		} else {
			work += d
		}
	}
	return idle, work, nil
}

// waitedByThreads returns for how long threads had to wait for a processor, 0 where the kernel does not say it.
func waitedByThreads(dir string) time.Duration {
	threads, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	var sum time.Duration
	for _, thread := range threads {
		stat, err := os.ReadFile(dir + "/" + thread.Name() + "/schedstat")
		if err != nil {
			continue // it has ended
		}
		if fields := bytes.Fields(stat); len(fields) > 1 {
			n, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}
