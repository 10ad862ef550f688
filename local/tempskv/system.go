// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/runtime/config"
)

// system describes this server.
type system struct {
	fixed    handlers.System
	settings atomic.Pointer[[]handlers.SystemSetting]
}

func newSystem(cfg config.Config, values []config.Value) *system {
	s := &system{fixed: handlers.System{
		Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		StartedAt: time.Now(), Data: handlers.DataDirectory{Path: cfg.Data},
	}}
	s.show(values)
	return s
}

// show changes the settings that are told.
func (s *system) show(values []config.Value) {
	shown := make([]handlers.SystemSetting, 0, len(values))
	for _, v := range values {
		shown = append(shown, handlers.SystemSetting{Name: v.Name, Value: v.Shown(), From: v.Origin})
	}
	s.settings.Store(&shown)
}

// tell looks at the disk, and adds what is fixed. What cannot be found out is left 0.
func (s *system) tell(context.Context) (handlers.System, error) {
	told := s.fixed
	told.Settings = *s.settings.Load()
	told.Data.Used = size(told.Data.Path)
	var disk syscall.Statfs_t
	if err := syscall.Statfs(told.Data.Path, &disk); err == nil {
		told.Data.DiskFree = int64(disk.Bavail) * int64(disk.Bsize)
		told.Data.DiskSize = int64(disk.Blocks) * int64(disk.Bsize)
	}
	return told, nil
}

// size returns what the files below a directory take. Files that come and go meanwhile do not matter.
func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
