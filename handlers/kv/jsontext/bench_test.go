// SPDX-License-Identifier: Apache-2.0

package jsontext_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// The two ends of what values look like: one long string, and many short members.
var shapes = []struct {
	name  string
	value func(size int) []byte
}{
	{"string", func(size int) []byte { return []byte(`"` + strings.Repeat("tempskv ", size/8) + `"`) }},
	{"members", func(size int) []byte {
		member := `{"id":12345,"name":"Ada \"L\"","tags":["a","b"],"ok":true}`
		return []byte("[" + strings.Repeat(member+",", max(0, size/len(member)-1)) + member + "]")
	}},
}

func benchmark(b *testing.B, run func(value []byte)) {
	for _, shape := range shapes {
		for _, size := range []int{100, 10 << 10, 10 << 20} {
			value := shape.value(size)
			b.Run(fmt.Sprintf("%s/%d", shape.name, size), func(b *testing.B) {
				b.SetBytes(int64(len(value)))
				b.ReportAllocs()
				for b.Loop() {
					run(value)
				}
			})
		}
	}
}

func BenchmarkSkip(b *testing.B) {
	benchmark(b, func(value []byte) { _, _ = jsontext.Skip(value, 0, 64) })
}

func BenchmarkCheck(b *testing.B) {
	benchmark(b, func(value []byte) { _, _ = jsontext.Check(value, 64) })
}

func BenchmarkAppendCompact(b *testing.B) {
	var dst []byte
	benchmark(b, func(value []byte) { dst = jsontext.AppendCompact(dst[:0], value) })
}

func BenchmarkAppendQuote(b *testing.B) {
	var dst []byte
	benchmark(b, func(value []byte) { dst = jsontext.AppendQuote(dst[:0], string(value)) })
}

func BenchmarkUnquote(b *testing.B) {
	plain := []byte(`"session:4711:cart"`)
	for name, quoted := range map[string][]byte{"plain": plain, "escaped": bytes.ReplaceAll(plain, []byte(":"), []byte(`\u003a`))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = jsontext.Unquote(quoted)
			}
		})
	}
}
