// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What is stored and read.
const (
	smallKey   = "small"
	smallValue = `{"id":4711,"name":"Ada","tags":["first","programmer"],"visits":17,"note":"about a hundred bytes"}`
	mediumKey  = "medium"
	largeKey   = "large"
	counterKey = "counter"

	// writtenKeys is how many keys the writes of the commands share.
	writtenKeys = 100_000
	// oneOfKeys is what the script of wrk makes one of the keys of.
	oneOfKeys = "k~"
)

var (
	mediumValue = text(1 << 10)
	largeValue  = text(64 << 10)
)

// text is a string of that size in JSON.
func text(size int) string { return `"` + strings.Repeat("tempskv ", size/8)[:size-2] + `"` }

// keyOf is the name of a key, which the script of wrk makes of oneOfKeys. They are in the order of their numbers.
func keyOf(i int) string { return fmt.Sprintf("k%08d", i) }

func keyBody(key string) string { return fmt.Sprintf(`{"key":%q}`, key) }

func setBody(key, value string) string { return fmt.Sprintf(`{"key":%q,"value":%s}`, key, value) }

// keysBody is the body of an mget.
func keysBody(keys []string) string { return `{"keys":["` + strings.Join(keys, `","`) + `"]}` }

// msetBody is the body of an mset that gives each key the small value.
func msetBody(keys []string) string {
	var b strings.Builder
	b.Grow(len(keys) * (len(smallValue) + 40))
	b.WriteString(`{"entries":[`)
	for i, key := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"key":"` + key + `","value":` + smallValue + `}`)
	}
	b.WriteString(`]}`)
	return b.String()
}

// linesOf writes bodies into a file, and returns what stands for it in a request.
func (b *bench) linesOf(name string, bodies []string) (string, error) {
	file := b.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return "@" + file, os.WriteFile(file, []byte(strings.Join(bodies, "\n")+"\n"), 0o600)
}
