// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"path/filepath"
)

// dataName is the setting whose default depends on the environment, and which says where the file may be.
const dataName = "data"

// backupName is the setting whose default is in the data directory.
const backupName = "backup-to"

// data returns the data directory as flags and environment have it, before any file is read.
func (s Sources) data() string {
	return s.value(Setting{Name: dataName}, file{}).Text
}

// defaultData follows the XDG base directory specification; a root without a home, as in many containers and units,
// has /var/lib, and a user without one the working directory.
func (s Sources) defaultData() string {
	if dir := s.env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tempskv")
	}
	if home := s.env("HOME"); home != "" {
		return filepath.Join(home, ".local", "share", "tempskv")
	}
	if os.Geteuid() == 0 {
		return "/var/lib/tempskv"
	}
	return "tempskv-data"
}
