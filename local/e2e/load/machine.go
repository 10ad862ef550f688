// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is where and of what a run was, and how much else was going on there.
type machine struct {
	CPU           string  `json:"cpu"`
	CPUs          int     `json:"cpus"`
	MemoryMB      int64   `json:"memory_mb"`
	Kernel        string  `json:"kernel"`
	Go            string  `json:"go"` // that the program was built with
	Revision      string  `json:"revision"`
	Redis         string  `json:"redis"`
	FsyncMs       float64 `json:"fsync_ms"`
	InMemory      bool    `json:"in_memory"` // the data directory is no disk
	Load          string  `json:"load"`      // averages over 1, 5 and 15 minutes, before the run
	BusyPercent   float64 `json:"busy_percent"`
	StolenPercent float64 `json:"stolen_percent"` // by the host, during the run
}

const (
	// lookTime is how long it is looked at whether the machine is busy, and quiet what it may be, in percent.
	lookTime = 2 * time.Second
	quiet    = 5
)

func lookAtMachine(ctx context.Context, b *bench) (m machine, err error) {
	m.CPUs, m.CPU = runtime.NumCPU(), processor()
	m.Kernel = strings.TrimSpace(firstOf("/proc/sys/kernel/osrelease"))
	m.Load = strings.Join(strings.Fields(firstOf("/proc/loadavg"))[:3], " ")
	m.Revision = revision(ctx)
	info, err := buildinfo.ReadFile(b.server)
	if err != nil {
		return m, err
	}
	m.Go = info.GoVersion
	version, err := exec.CommandContext(ctx, "redis-server", "--version").Output()
	if err != nil {
		return m, err
	}
	m.Redis = after(string(version), "v=")
	var system syscall.Sysinfo_t
	if err := syscall.Sysinfo(&system); err != nil {
		return m, err
	}
	m.MemoryMB = int64(system.Totalram) * int64(system.Unit) >> 20
	if m.InMemory, err = inMemory(b.dir); err != nil {
		return m, err
	}
	if m.FsyncMs, err = fsyncTime(b.dir); err != nil {
		return m, err
	}
	m.BusyPercent, err = busy(ctx)
	return m, err
}

// firstOf returns a file of /proc, empty if it cannot be read.
func firstOf(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// processor returns the name of the first processor.
func processor() string {
	for line := range strings.SplitSeq(firstOf("/proc/cpuinfo"), "\n") {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// after returns the word that begins after a mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	word, _, _ := strings.Cut(rest, " ")
	return word
}

// revision returns the commit of the checkout, and whether it has changes. The program is built from it.
func revision(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*").Output()
	if err != nil {
		return "of an unknown revision"
	}
	return strings.TrimSpace(string(out))
}

// inMemory reports whether the files of a directory are in memory only.
func inMemory(dir string) (bool, error) {
	const tmpfs, ramfs = 0x01021994, 0x858458f6
	var fs syscall.Statfs_t
	err := syscall.Statfs(dir, &fs)
	return uint32(fs.Type) == tmpfs || uint32(fs.Type) == ramfs, err
}

// fsyncTime returns the milliseconds that it takes in dir to write a little and have it on the disk.
func fsyncTime(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	const times = 100
	start := time.Now()
	for range times {
		if _, err := f.WriteString("a little"); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds() * 1e3 / times, nil
}

// ticks are what the processors did since the machine started, in units of which only the ratios matter.
type ticks struct{ total, idle, stolen uint64 }

// cpuTimes reads them. See proc(5) on /proc/stat.
func cpuTimes() (ticks, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return ticks{}, err
	}
	return parseTicks(stat)
}

func parseTicks(stat []byte) (t ticks, err error) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	const idle, iowait, steal = 4, 5, 8
	fields := bytes.Fields(line)
	if len(fields) <= steal || string(fields[0]) != "cpu" {
		return t, fmt.Errorf("/proc/stat begins with %q", line)
	}
	for i, f := range fields[1 : steal+1] {
		n, err := strconv.ParseUint(string(f), 10, 64)
		if err != nil {
			return t, err
		}
		t.total += n
		switch i + 1 {
		case idle, iowait:
			t.idle += n
		case steal:
			t.stolen += n
		}
	}
	return t, nil
}

func (t ticks) since(before ticks) ticks {
	return ticks{t.total - before.total, t.idle - before.idle, t.stolen - before.stolen}
}

func (t ticks) percent(of uint64) float64 { return 100 * float64(of) / float64(max(t.total, 1)) }

// busy returns how many percent of the processors are used now, by others than this program.
func busy(ctx context.Context) (float64, error) {
	before, err := cpuTimes()
	if err != nil {
		return 0, err
	}
	select {
	case <-time.After(lookTime):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	now, err := cpuTimes()
	if err != nil {
		return 0, err
	}
	d := now.since(before)
	return d.percent(d.total - d.idle), nil
}

// warnings says what makes the figures of a run doubtful, a line each.
func (m machine) warnings() (text string) {
	if m.BusyPercent > quiet {
		text += fmt.Sprintf("**Warning: the machine was busy before the run (%.0f %% of its processors): the figures are not to be trusted.**\n", m.BusyPercent)
	}
	if m.StolenPercent > quiet {
		text += fmt.Sprintf("**Warning: the host took %.0f %% of the processors away during the run: the figures are not to be trusted.**\n", m.StolenPercent)
	}
	if m.InMemory {
		text += "**Warning: the data directory is in memory: figures of durable writes say nothing.**\n"
	}
	return text
}
