// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/kv"
)

// A backup outlives the program that made it: what a line looks like does not change.
func TestLinesOfKeys(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_893_456_000_123)
	for _, tt := range []struct {
		record kv.Record
		want   string
	}{
		{kv.Record{Project: 1, Key: "a", Text: []byte(`{"b":[1.0,1e5]}`)}, `{"project_id":1,"key":"a","value":{"b":[1.0,1e5]}}`},
		{kv.Record{Key: "a", Text: []byte(`null`), ExpiresAt: at}, `{"key":"a","value":null,"expires_at":1893456000123}`},
		{kv.Record{Key: "<\"\n\x00\u2028é>", Text: []byte(`"<&\ud800"`)}, "{\"key\":\"<\\\"\\n\\u0000\u2028é>\",\"value\":\"<&\\ud800\"}"},
		{kv.Record{Key: "a", Text: []byte(`{"a": 1}`)}, `{"key":"a","text":"{\"a\": 1}"}`},
		{kv.Record{Key: "a", Text: []byte("1\n")}, `{"key":"a","text":"1\n"}`},
		{kv.Record{Key: "a", Text: []byte{}}, `{"key":"a","text":""}`},
		{kv.Record{Key: "a", Text: []byte("\xff")}, `{"key":"a","base64":"/w=="}`},
		{kv.Record{Key: "\xff", Text: []byte(`1`)}, `{"key_base64":"/w==","value":1}`},
		{kv.Record{Key: "l", Type: "list", Dump: []byte{1, 2}}, `{"key":"l","type":"list","dump":"AQI="}`},
		{
			kv.Record{Key: "deep", Text: []byte(strings.Repeat("[", 2000) + strings.Repeat("]", 2000))},
			`{"key":"deep","text":"` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `"}`,
		},
	} {
		line := backups.AppendRecord(nil, tt.record)
		if got := strings.TrimSuffix(string(line), "\n"); got != tt.want {
			t.Errorf("got %.200s, want %.200s", got, tt.want)
		}
		back, err := backups.ReadRecord(line)
		if err != nil {
			t.Errorf("%.200s: %v", line, err)
		}
		if diff := cmp.Diff(back, tt.record); diff != "" {
			t.Errorf("%.200s (-got +want):\n%s", line, diff)
		}
	}
}

func TestLinesThatAreNoKeys(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"", "{}\n", "[]\n", "1\n", `{"key":"a"}` + "\n", `{"value":1}` + "\n", `{"key":"","value":1}` + "\n",
		`{"key":"a","value":1,"type":"list"}` + "\n", `{"key":"a","type":"list"}` + "\n", `{"key":"a","dump":"AQI="}` + "\n",
		`{"key":1,"value":1}` + "\n", `{"key":"a","value":1}`, `{"key":"a","base64":"%"}` + "\n", "{\"key\":\"a\",\"value\":1}x\n",
	} {
		if r, err := backups.ReadRecord([]byte(line)); err == nil {
			t.Errorf("%q: got %+v", line, r)
		}
	}
}

// FuzzLines writes whatever a store may hold, and reads it back.
func FuzzLines(f *testing.F) {
	f.Add("a", []byte(`{"a":1}`), int64(0))
	f.Add("\xff", []byte("\xff"), int64(1))
	f.Add("a\nb", []byte("1 \n2"), int64(-1))
	f.Fuzz(func(t *testing.T, key string, text []byte, expires int64) {
		if key == "" {
			return
		}
		want := kv.Record{Project: 7, Key: kv.Key(key), Text: append([]byte{}, text...)}
		if expires != 0 {
			want.ExpiresAt = time.UnixMilli(expires)
		}
		line := backups.AppendRecord(nil, want)
		if n := strings.Count(string(line), "\n"); n != 1 {
			t.Fatalf("%q has %d lines", line, n)
		}
		got, err := backups.ReadRecord(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%q (-got +want):\n%s", line, diff)
		}
	})
}
