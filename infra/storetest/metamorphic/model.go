// SPDX-License-Identifier: Apache-2.0

package metamorphic

import (
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/tempskv/tempskv/handlers/kv"
)

// cell is what the model has for one key.
type cell struct {
	value string // empty: there is no such key
	ttl   bool
}

func (c cell) text() string {
	if c.value == "" {
		return none
	}
	return c.value
}

// state is the content of a project.
type state struct {
	cells [len(keys)]cell
	once  [ids]string // the answer of each idempotent call; empty: not made yet
}

// part is what of a call has its effect at one moment. Most calls are one part. Those that a store may execute key by key are one
// for each.
type part struct {
	step
	output string
	forget bool // of deleteProject: the answer of an idempotent call is deleted
}

// parts returns the parts of a call.
func (c call) parts() (all []part) {
	for i, output := range c.output {
		p := part{step: c.step, output: output}
		switch c.op {
		case lookup, importKeys:
			p.keys = c.keys[i : i+1]
		case scan, export:
			p.keys = []int{i}
		case deleteProject:
			p.forget = i >= len(keys)
			p.keys = []int{i % len(keys)}
		}
		all = append(all, p)
	}
	return all
}

// model executes parts.
var model = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(before, input, _ any) (bool, any) {
		p, s := input.(part), before.(state)
		output := s.execute(p)
		return output == p.output, s
	},
}

// execute changes the state as the part does, and returns its answer.
func (s *state) execute(p part) string {
	if p.op < set {
		return s.read(p)
	}
	one := &s.cells[p.keys[0]%len(keys)]
	switch p.op {
	case set:
		return s.set(one, p)
	case mset:
		for _, k := range p.keys {
			s.cells[k] = cell{p.value, p.ttl > 0}
		}
	case del:
		return s.del(p.keys)
	case incr:
		return one.incr(p.ttl > 0)
	case incrOnce:
		return s.incrOnce(p.keys[0])
	case expire:
		return one.expire(p.ttl > 0)
	case persist:
		had := one.ttl
		one.ttl = false
		return yesNo(had)
	case importKeys:
		if one.value != "" {
			return "0"
		}
		*one = cell{value: p.value}
		return "1"
	case deleteProject:
		if p.forget {
			s.once[p.keys[0]] = ""
		} else {
			*one = cell{}
		}
	}
	return ""
}

func (s *state) read(p part) string {
	one := s.cells[p.keys[0]]
	switch p.op {
	case mget:
		texts := make([]string, len(p.keys))
		for i, k := range p.keys {
			texts[i] = s.cells[k].text()
		}
		return strings.Join(texts, " ")
	case exists:
		n := 0
		for _, k := range p.keys {
			if s.cells[k].value != "" {
				n++
			}
		}
		return strconv.Itoa(n)
	case scan:
		return yesNo(one.value != "")
	case ttl:
		if one.value == "" {
			return none
		}
		return yesNo(one.ttl)
	}
	return one.text()
}

func (s *state) set(one *cell, p part) string {
	there := one.value != ""
	if p.options.Condition == kv.NX && there || p.options.Condition == kv.XX && !there {
		return "0"
	}
	*one = cell{p.value, p.options.TTL > 0 || p.options.KeepTTL && one.ttl}
	return "1"
}

func (s *state) del(some []int) string {
	n := 0
	for _, k := range some {
		if s.cells[k].value != "" {
			n++
		}
		s.cells[k] = cell{}
	}
	return strconv.Itoa(n)
}

func (c *cell) incr(ttl bool) string {
	if c.value == "" {
		*c = cell{"0", ttl}
	}
	n, err := strconv.Atoi(c.value)
	if err != nil {
		return notInteger
	}
	c.value = strconv.Itoa(n + 1)
	return c.value
}

// incrOnce increments onceKey unless the call was made before.
func (s *state) incrOnce(id int) string {
	if s.once[id] == "" {
		s.once[id] = s.cells[0].incr(false)
	}
	return s.once[id]
}

func (c *cell) expire(later bool) string {
	if c.value == "" {
		return "0"
	}
	if c.ttl = true; !later {
		*c = cell{}
	}
	return "1"
}
