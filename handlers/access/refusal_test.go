// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
)

// wantRefusal checks the kind of a refusal, and that its detail, which reaches the caller, holds nothing submitted.
func wantRefusal(t *testing.T, got, want error, submitted string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if refusal, ok := errors.AsType[*kv.Refusal](got); ok && submitted != "" && strings.Contains(refusal.Detail, submitted) {
		t.Errorf("the detail repeats what was submitted: %s", refusal.Detail)
	}
}
