// SPDX-License-Identifier: Apache-2.0

package fastpath

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Dates writes the current time as a Date field does, once a second. The zero value is ready to use.
type Dates struct{ last atomic.Pointer[date] }

type date struct {
	second int64 // since 1970
	text   string
}

func (d *Dates) now() string {
	t := time.Now()
	if last := d.last.Load(); last != nil && last.second == t.Unix() {
		return last.text
	}
	made := &date{t.Unix(), t.UTC().Format(http.TimeFormat)}
	d.last.Store(made)
	return made.text
}
