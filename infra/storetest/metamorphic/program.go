// SPDX-License-Identifier: Apache-2.0

package metamorphic

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// keys are those of all programs: few, so that calls meet. The last is too long to be the name of its row in embedded.
var keys = [...]kv.Key{"a", "b", "c", kv.Key(strings.Repeat("d", 200))}

// ids is how many idempotent calls there are, each made several times.
const ids = 2

// operation is a method of kv.Store.
type operation int

const (
	get operation = iota
	mget
	exists
	ttl
	lookup
	scan
	export
	set
	mset
	del
	incr
	incrOnce // with an Idempotency
	expire
	persist
	importKeys
	deleteProject
	operations
)

var names = [operations]string{
	"get", "mget", "exists", "ttl", "lookup", "scan", "export", "set", "mset", "del", "incr", "incr once", "expire", "persist", "import",
	"delete project",
}

// weights say how often an operation comes.
var weights = [operations]int{
	get: 24, mget: 6, exists: 4, ttl: 4, lookup: 3, scan: 3, export: 1,
	set: 12, mset: 6, del: 6, incr: 6, incrOnce: 4, expire: 4, persist: 3, importKeys: 3, deleteProject: 1,
}

// step is one call of a client.
type step struct {
	op      operation
	keys    []int  // of keys; of incrOnce: the number of the call
	value   string // to be stored
	options kv.SetOptions
	ttl     time.Duration
}

// program is the steps of each client.
type program [][]step

func (p program) len() (n int) {
	for _, steps := range p {
		n += len(steps)
	}
	return n
}

// without returns the program without some steps of one client.
func (p program) without(client, from, to int) program {
	smaller := slices.Clone(p)
	smaller[client] = slices.Delete(slices.Clone(p[client]), from, to)
	return smaller
}

// random returns a program.
func random(r *rand.Rand) program {
	p := make(program, clients)
	for c := range p {
		for i := range perClient {
			p[c] = append(p[c], randomStep(r, fmt.Sprintf("%d.%d", c, i)))
		}
	}
	return p
}

// randomStep returns a step. The value that it stores has its name in it, or is an integer.
func randomStep(r *rand.Rand, name string) step {
	total := 0
	for _, weight := range weights {
		total += weight
	}
	s := step{value: `"` + name + `"`, ttl: time.Duration(r.IntN(2)) * time.Hour}
	for at := r.IntN(total); at >= weights[s.op]; s.op++ {
		at -= weights[s.op]
	}
	switch r.IntN(4) {
	case 0:
		s.value = fmt.Sprint(r.IntN(100))
	case 1: // one that is stored apart from its key
		s.value = `"` + name + strings.Repeat(".", 300) + `"`
	}
	switch s.op {
	case mget, exists, lookup, mset, del, importKeys:
		s.keys = r.Perm(len(keys))[:1+r.IntN(len(keys))]
	case incrOnce:
		s.keys = []int{r.IntN(ids)}
	default:
		s.keys = []int{r.IntN(len(keys))}
	}
	if s.op == set {
		s.options = kv.SetOptions{Condition: kv.Condition(r.IntN(3)), KeepTTL: r.IntN(3) == 0}
		if !s.options.KeepTTL {
			s.options.TTL = s.ttl
		}
	}
	return s
}

// String returns the step for people.
func (s step) String() string {
	text := names[s.op]
	switch s.op {
	case scan, export, deleteProject:
		return text
	case incrOnce:
		return fmt.Sprintf("%s %s, request %d", text, brief(string(onceKey)), s.keys[0])
	}
	for _, k := range s.keys {
		text += " " + brief(string(keys[k]))
	}
	switch s.op {
	case set, mset, importKeys:
		text += " = " + brief(s.value)
	}
	if s.op == set {
		text += [...]string{"", " NX", " XX"}[s.options.Condition]
		if s.options.KeepTTL {
			text += " KEEPTTL"
		}
	}
	switch s.op {
	case set, mset, incr, expire:
		text += " for " + s.ttl.String()
	}
	return text
}

// brief returns a text without what makes it long.
func brief(text string) string {
	for _, c := range []string{".", "d"} {
		if i := strings.Index(text, strings.Repeat(c, 9)); i >= 0 {
			return text[:i+1] + "…" + strings.TrimLeft(text[i:], c)
		}
	}
	return text
}
