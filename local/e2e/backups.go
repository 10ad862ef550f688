// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
)

// Backup has the fields of a backup that tests check.
type Backup struct {
	ID, Scope, Trigger, SHA256 string

	Keys, Size  int64
	PointInTime bool `json:"point_in_time"`
	Damaged     bool
}

// CreateBackup makes a backup of everything, and has it verified.
func (s *Server) CreateBackup() (b Backup) {
	s.T.Helper()
	s.Admin().Must(s.T, http.MethodPost, "/api/kv/backups", Object{}, &b)
	s.VerifyBackup(b.ID)
	return b
}

// VerifyBackup fails the test if a backup is not whole.
func (s *Server) VerifyBackup(id string) {
	s.T.Helper()
	var v struct {
		OK      bool
		Problem string
	}
	s.Admin().Must(s.T, http.MethodPost, "/api/kv/backups/"+id+"/verify", nil, &v)
	if !v.OK {
		s.T.Errorf("%s: %s", id, v.Problem)
	}
}

// Backups lists them, newest first.
func (s *Server) Backups() []Backup {
	s.T.Helper()
	var list struct{ Backups []Backup }
	s.Admin().Must(s.T, http.MethodGet, "/api/kv/backups", nil, &list)
	return list.Backups
}

// restored has the fields of a restore that tests check.
type restored struct {
	Keys, Expired, Changed int64
	Before                 string
}

// Restore restores a backup.
func (s *Server) Restore(id string, options Object) (r restored) {
	s.T.Helper()
	s.Admin().Must(s.T, http.MethodPost, RestorePath(id), options, &r)
	return r
}

func RestorePath(id string) string { return "/api/kv/backups/" + id + "/restore" }
