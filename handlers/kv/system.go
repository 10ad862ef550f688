// SPDX-License-Identifier: Apache-2.0

package kv

import "time"

// System describes a server and the machine that it runs on. It holds no secrets.
type System struct {
	Version, Go, Platform string // of the program
	StartedAt             time.Time
	Data                  DataDirectory
	Settings              []SystemSetting // in the order in which they are documented
}

// DataDirectory is where a server keeps its data. Sizes are in bytes.
type DataDirectory struct {
	Path               string
	Used               int64 // by the files in it
	DiskFree, DiskSize int64 // of the disk that it is on; 0 where that is not known
}

// SystemSetting is one setting of a server.
type SystemSetting struct {
	Name, Value string // a secret is masked
	From        string // a flag, a variable, a file with its line, or "default"
}
