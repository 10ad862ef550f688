// SPDX-License-Identifier: Apache-2.0

package body

import (
	"errors"
	"strconv"
	"sync"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// state is a body that is being read.
type state struct {
	maxValue  int64
	tooLarge  error
	malformed error
	result    Result
	path      []step // from the body to what is being read
	steps     [4]step
}

var states = sync.Pool{New: func() any { return new(state) }}

// free lets another body use the state.
func (s *state) free() {
	*s = state{}
	states.Put(s)
}

// step is the name of a field or, where that is empty, the index of an element.
type step struct {
	name  string
	index int
}

// enter makes what is read next a part of what is being read, until leave is called.
func (s *state) enter(next step) {
	if s.path == nil {
		s.path = s.steps[:0]
	}
	s.path = append(s.path, next)
}

func (s *state) leave() { s.path = s.path[:len(s.path)-1] }

// refuse adds what is wrong with what is being read.
func (s *state) refuse(message string) {
	location := "body"
	for _, next := range s.path {
		if next.name != "" {
			location += "." + next.name
		} else {
			location += "[" + strconv.Itoa(next.index) + "]"
		}
	}
	s.result.Violations.Add(location, message)
}

// refuseIf adds the detail of a *kv.Refusal.
func (s *state) refuseIf(err error) {
	if refusal, ok := errors.AsType[*kv.Refusal](err); ok {
		s.refuse(refusal.Detail)
	}
}

// unquote returns the characters of a string.
func (s *state) unquote(quoted []byte) string {
	text, err := jsontext.Unquote(quoted)
	if err != nil && s.malformed == nil {
		s.malformed = kv.Refuse(kv.ErrMalformed, "a string holds half a surrogate pair")
	}
	return text
}
