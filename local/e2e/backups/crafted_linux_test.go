// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// crafted are lines that take little room when compressed, and much memory if nothing bounds them: what is written after the
// header of a backup, and what verify says of it.
var crafted = []struct {
	name  string
	write func(w io.Writer)
	says  string
}{
	{"a line of 700 MB", func(w io.Writer) { member(w, "value", 700<<20) }, "too long"},
	{"a line of 86 MiB", func(w io.Writer) { member(w, "value", 86<<20) }, "too long"},
	{"a header of 80 MiB", func(w io.Writer) { repeat(w, `{"header":{"id":"`, "x", 80<<20, `"}}`) }, "FORMAT.md"},
	{"a type of 80 MiB", func(w io.Writer) { repeat(w, `{"project_id":1,"key":"k","dump":"AAAA","type":"`, "x", 80<<20, `"}`) }, "types"},
	{"a credential with many permissions", func(w io.Writer) {
		repeat(w, `{"credential":{"permissions":[""`, `,""`, 80<<20, `]}}`)
	}, "FORMAT.md"},
	{"many projects", func(w io.Writer) { lines(w, `{"project":{"id":%d,"name":"`+strings.Repeat("x", 60<<10)+`"}}`, 12_000) }, "project 2"},
	{"many credentials", func(w io.Writer) {
		lines(w, `{"credential":{"id":"%d","name":"`+strings.Repeat("x", 60<<10)+`","sha256":"`+strings.Repeat("ab", 32)+`"}}`, 12_000)
	}, "more than 64 MiB"},
	{"keys of many projects", func(w io.Writer) { lines(w, `{"project_id":%d,"key":"k","value":1}`, 1_000_000) }, "project 2"},
	{"a line without an end", func(w io.Writer) { repeat(w, "", " ", 700<<20, "") }, "too long"},
}

func member(w io.Writer, name string, bytes int) {
	repeat(w, `{"project_id":1,"key":"k","`+name+`":"`, "x", bytes, `"}`)
}

// repeat writes a line with some text many times in it.
func repeat(w io.Writer, before, text string, size int, after string) {
	_, _ = io.WriteString(w, before) // errors show at the end
	part := strings.Repeat(text, 1<<20)
	for ; size > 0; size -= len(part) {
		_, _ = io.WriteString(w, part)
	}
	_, _ = io.WriteString(w, after+"\n")
}

// lines writes n lines, with numbers from 2 on.
func lines(w io.Writer, format string, n int) {
	for i := range n {
		fmt.Fprintf(w, format+"\n", i+2)
	}
}

// TestCraftedBackups verifies such backups by a server with little memory.
func TestCraftedBackups(t *testing.T) {
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("p")
	var b e2e.Backup
	s.Admin().Must(t, "POST", "/api/kv/backups", e2e.Object{}, &b)
	whole, err := os.ReadFile(s.Path("backups/" + b.ID + ".ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	s.LimitMemory(1 << 30)
	now, _ := s.Memory()
	t.Logf("%d MiB are resident", now>>20)
	for _, one := range crafted {
		size := craft(t, s, b.ID, whole, one.write)
		var v struct {
			OK      bool
			Problem string
		}
		s.Admin().Must(t, "POST", "/api/kv/backups/"+b.ID+"/verify", nil, &v)
		if v.OK || !strings.Contains(v.Problem, one.says) {
			t.Errorf("%s: %+v, want %q", one.name, v, one.says)
		}
		now, peak := s.Memory()
		t.Logf("%s, in %d KiB: %d MiB are resident, %d were at the peak", one.name, size>>10, now>>20, peak>>20)
	}
	if _, peak := s.Memory(); peak > 400<<20 {
		t.Errorf("the server took %d MiB", peak>>20)
	}
}

// craft puts lines behind the header of a backup, makes the sums right, and returns how many bytes it has.
func craft(t *testing.T, s *e2e.Server, id string, whole []byte, write func(io.Writer)) int {
	t.Helper()
	unpacked, err := gzip.NewReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	plain := bufio.NewReader(unpacked)
	header, err := plain.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, header)
	write(z)
	_, _ = io.Copy(z, plain)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	manifest := s.Path("backups/" + id + ".json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(packed.Bytes())
	m["size"], m["sha256"] = packed.Len(), hex.EncodeToString(sum[:])
	if text, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{manifest: text, s.Path("backups/" + id + ".ndjson.gz"): packed.Bytes()} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return packed.Len()
}
