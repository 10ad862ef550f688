// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/tempskv/tempskv/handlers/kv"
)

// repairAdvice says what to do about damage.
const repairAdvice = "restore a backup with tempskv backup restore ID --replace; until then what is damaged is refused, and no backup succeeds"

// damage is what was found to be damaged, by a call or by the scrub.
type damage struct {
	log *slog.Logger

	mu      sync.Mutex
	errText string // what calls and exports found
	scrubs  string // what the last complete scrub found
}

// note records an error that means damage, and logs the first.
func (d *damage) note(err error) {
	if err == nil || !errors.Is(err, kv.ErrDamaged) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.errText == "" && d.scrubs == "" {
		d.log.ErrorContext(context.Background(), "the file of the embedded store is damaged", "error", err)
	}
	d.errText = detailOf(err)
}

// scrubbed records the result of a complete scrub. nil means that there is no damage: what calls found before has been
// overwritten since.
func (d *damage) scrubbed(err error) {
	d.note(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.scrubs, d.errText = "", ""
	if err != nil {
		d.scrubs = detailOf(err)
	}
}

// err returns the known damage, nil if there is none.
func (d *damage) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, text := range []string{d.scrubs, d.errText} {
		if text != "" {
			return &kv.Refusal{Kind: kv.ErrDamaged, Detail: text}
		}
	}
	return nil
}

// detailOf returns the text for operators of an error that means damage.
func detailOf(err error) string {
	if r, ok := errors.AsType[*kv.Refusal](err); ok {
		return r.Detail
	}
	return "data.db is damaged: " + repairAdvice
}

// errNoValue refuses a key whose value is missing.
func errNoValue() error {
	return kv.Refuse(kv.ErrDamaged, "data.db is damaged: the value of the key is missing: "+repairAdvice)
}
