// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/runtime/config"
)

const (
	// lowSpace is what a disk should have free at least, in bytes, as far as that is not more than a tenth of it.
	lowSpace = littleSpace
	// fullSpace is what is too little for a write that is not small, in bytes.
	fullSpace = 256 << 10
)

// disks are the directories whose disks may get full, by what they hold.
type disks map[string]string

func newDisks(cfg config.Config) disks {
	d := disks{"the data directory": cfg.Data}
	if cfg.BackupTo != "" && !strings.Contains(cfg.BackupTo, "://") {
		d["the directory of backups"] = cfg.BackupTo
	}
	return d
}

// warnings returns which of them are full, or nearly so. What cannot be looked at, such as a directory that is yet to be made,
// is left out.
func (d disks) warnings(context.Context) (found []engine.Warning) {
	for _, what := range []string{"the data directory", "the directory of backups"} {
		dir, ok := d[what]
		if !ok {
			continue
		}
		free, size, err := diskSpace(dir)
		switch {
		case err != nil:
		case free < fullSpace:
			found = append(found, engine.WarnStorageFull.With(fmt.Sprintf("the disk of %s, %s, is full: writes are refused; make room on it",
				what, dir)))
		case free < min(lowSpace, size/10):
			found = append(found, engine.WarnLowSpace.With(fmt.Sprintf("the disk of %s, %s, is nearly full: make room on it, or writes are "+
				"refused once it is", what, dir)))
		}
	}
	return found
}
