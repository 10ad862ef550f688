// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// TestCrafted checks that a backup whose sums are right, and which a restore would fail on half way is found by Verify and refused by Restore before anything changes.
func TestCrafted(t *testing.T) {
	t.Parallel()
	with := func(more string) func(string) string { // adds lines after the first one
		return func(lines string) string {
			header, rest, _ := strings.Cut(lines, "\n")
			return header + "\n" + more + rest
		}
	}
	token := `{"credential":{"id":"t9","name":"x","sha256":"` + strings.Repeat("ab", 32) + `","permissions":["KvRead"],"prefix":"dt_x","last4":"abcd",` +
		`"created_at":"2026-01-01T00:00:00Z",%s}}` + "\n"
	for name, tt := range map[string]struct {
		rewrite func(string) string
		says    string
	}{
		"a key of no project":      {with(`{"project_id":99,"key":"x","value":1}` + "\n"), "project 99"},
		"a key of project 0":       {with(`{"key":"x","value":1}` + "\n"), "project 0"},
		"a key of project -1":      {with(`{"project_id":-1,"key":"x","value":1}` + "\n"), "project -1"},
		"another project":          {with(`{"project":{"id":99,"name":"x"}}` + "\n"), "project 99"},
		"a project twice":          {with(`{"project":{"id":1,"name":"x"}}` + "\n"), "project 1"},
		"a project less":           {func(s string) string { return cutLine(s, `"project"`) }, "does not hold project 1"},
		"a token of no project":    {with(fmt.Sprintf(token, `"project":99`)), "project 99"},
		"a token of project -1":    {with(fmt.Sprintf(token, `"project":-1`)), "project -1"},
		"a key for project 0":      {with(fmt.Sprintf(token, `"projects":[0]`)), "credential"},
		"a key for many":           {with(fmt.Sprintf(token, `"projects":[1`+strings.Repeat(",1", 1000)+`]`)), "credential"},
		"a long project":           {with(`{"project":{"id":99,"name":"` + strings.Repeat("x", 65<<10) + `"}}` + "\n"), "FORMAT.md"},
		"a long header":            {with(`{"header":{"id":"` + strings.Repeat("x", 65<<10) + `"}}` + "\n"), "FORMAT.md"},
		"a forged dump":            {with(dumpLine("list", []byte("\x12\x00"+"\x0b\x00"+"12345678"))), "dump"},
		"an empty dump":            {with(dumpLine("list", []byte{})), "dump"},
		"a short dump":             {with(dumpLine("list", []byte("\x12\x0b"))), "dump"},
		"a dump of another type":   {with(dumpLine("hash", goodList)), "dump"},
		"a changed dump":           {with(dumpLine("list", append([]byte{goodList[0], goodList[1] ^ 1}, goodList[2:]...))), "dump"},
		"a type that is no type":   {with(dumpLine("none", goodList)), "dump"},
		"a type that has no value": {with(dumpLine("too large", goodList)), "dump"},
		"a long type":              {with(dumpLine(strings.Repeat("x", 100), goodList)), "types"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine.External, t.TempDir())
			keys := map[kv.Key]string{"a": `1`, "b": `2`}
			one := w.project("one", keys)
			m := w.create(0)
			w.rewrite(m, tt.rewrite)
			if strings.Contains(name, "key of") || strings.Contains(name, "dump") || strings.Contains(name, "type") {
				w.rewrite(m, func(s string) string { return strings.Replace(s, `{"end":{"keys":2}}`, `{"end":{"keys":3}}`, 1) })
				w.editManifest(m.ID, "keys", 3)
			}
			v, err := w.Verify(t.Context(), m.ID)
			if err != nil || !strings.Contains(v.Problem, tt.says) {
				t.Errorf("verify: %q, %v, want %q", v.Problem, err, tt.says)
			}
			if _, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true}); !errors.Is(err, kv.ErrBackupDamaged) {
				t.Errorf("restore: %v", err)
			}
			if diff := cmp.Diff(w.keys(one), keys); diff != "" {
				t.Errorf("keys changed: %s", diff)
			}
		})
	}
}

// goodList is DUMP of a list with one element, "a", by Redis 7.0.
var goodList, _ = base64.StdEncoding.DecodeString("EgECCgoAAAABAIFhAv8KAAm57fWU3tmV")

// dumpLine returns the line of a key with a dump.
func dumpLine(kind string, dump []byte) string {
	return fmt.Sprintf(`{"project_id":1,"key":"d","type":%q,"dump":"%s"}`+"\n", kind, base64.StdEncoding.EncodeToString(dump))
}
