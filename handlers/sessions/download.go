// SPDX-License-Identifier: Apache-2.0

package sessions

import (
	"context"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// maxDownloads bounds the codes of one session that were not used yet, which end within a minute.
const maxDownloads = 8

// download is a permission to download something once.
type download struct {
	cookie, code access.TokenHash
	what         string
	until        time.Time
}

// PermitDownload lets the session download what is named, once. Beyond maxDownloads its oldest permission ends.
func (m *Memory) PermitDownload(_ context.Context, cookie, code access.TokenHash, what string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, of := time.Now(), 0
	m.downloads = slices.DeleteFunc(m.downloads, func(d download) bool { return !now.Before(d.until) })
	for i, d := range slices.Backward(m.downloads) {
		if d.cookie != cookie {
			continue
		}
		if of++; of == maxDownloads {
			m.downloads = slices.Delete(m.downloads, i, i+1)
			break
		}
	}
	m.downloads = append(m.downloads, download{cookie, code, what, until})
	return nil
}

// TakeDownload uses a permission up and returns the session. Errors: ErrUnauthorized if it has no such permission, or has ended.
func (m *Memory) TakeDownload(_ context.Context, cookie, code access.TokenHash, what string) (access.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.downloads, func(d download) bool {
		return d.cookie == cookie && d.code == code && d.what == what && time.Now().Before(d.until)
	})
	if i < 0 {
		return access.Session{}, kv.Refuse(kv.ErrUnauthorized, "this link was used before, or is too old: download from the page again")
	}
	m.downloads = slices.Delete(m.downloads, i, i+1)
	return m.use(cookie)
}
