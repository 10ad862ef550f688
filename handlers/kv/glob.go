// SPDX-License-Identifier: Apache-2.0

package kv

// Matcher is a Pattern made ready to match many keys. It may be used by several goroutines.
//
// It runs the pattern as a nondeterministic automaton, one bit for each element that is not *: bit n is set while the
// first n elements match the bytes read so far. All bits move at once, so a byte of a key takes a few instructions for
// each 64 elements, whatever the pattern: a tenant cannot make matching expensive.
type Matcher struct {
	n     int              // elements
	stay  [maxWords]uint64 // bits that stay whatever byte comes: there is a * before the next element
	moves [][256]uint64    // for each word, by byte: the bits whose next element matches it
}

// maxWords is how many words hold the bits 0 to MaxPattern.
const maxWords = MaxPattern/64 + 1

// Matcher returns what matches whole keys, byte by byte, as stringmatchlen in util.c of Redis does, including its corner
// cases: an unterminated class extends to the end of the pattern, [z-a] is [a-z], a final \ is literal, and the ends of a
// range compare as signed chars, as Redis does on amd64. An empty key never matches. The pattern is valid.
func (p Pattern) Matcher() *Matcher {
	m := &Matcher{moves: make([][256]uint64, len(p)/64+1)}
	for i := 0; i < len(p); {
		word, bit := m.n/64, uint64(1)<<(m.n%64)
		if p[i] == '*' {
			m.stay[word] |= bit
			i++
			continue
		}
		i = p.element(i, func(c byte) { m.moves[word][c] |= bit })
		m.n++
	}
	m.moves = m.moves[:m.n/64+1]
	return m
}

// Match reports whether the pattern matches the whole key.
func (m *Matcher) Match(key Key) bool { return match(m, key) }

// MatchBytes is Match for a key that is not worth a string if it does not match.
func (m *Matcher) MatchBytes(key []byte) bool { return match(m, key) }

func match[K ~string | ~[]byte](m *Matcher, key K) bool {
	if len(m.moves) > 1 {
		return matchLong(m, key)
	}
	moves, stay, end := &m.moves[0], m.stay[0], uint64(1)<<m.n
	state := uint64(1)
	for i := 0; i < len(key) && state&stay&end == 0; i++ { // a final * matches whatever follows
		if state = state&moves[key[i]]<<1 | state&stay; state == 0 {
			return false
		}
	}
	return state&end != 0 && len(key) > 0
}

// matchLong is match for patterns of 64 elements or more.
func matchLong[K ~string | ~[]byte](m *Matcher, key K) bool {
	var stateWords [maxWords]uint64
	words := len(m.moves)
	state, stay := stateWords[:words], m.stay[:words]
	state[0] = 1
	for i := 0; i < len(key); i++ {
		var carry, all uint64
		for w, s := range state {
			moved := s & m.moves[w][key[i]]
			s = moved<<1 | carry | s&stay[w]
			carry = moved >> 63
			all |= s
			state[w] = s
		}
		if all == 0 {
			return false
		}
	}
	return state[m.n/64]>>(m.n%64)&1 != 0 && len(key) > 0
}

// element calls add with each byte that the element of the pattern at i matches, which is not *, and returns where the
// next element starts.
func (p Pattern) element(i int, add func(c byte)) (end int) {
	switch {
	case p[i] == '?':
		for c := range 256 {
			add(byte(c))
		}
		return i + 1
	case p[i] == '[':
		return p.class(i+1, add)
	case p[i] == '\\' && i+1 < len(p):
		i++
	}
	add(p[i])
	return i + 1
}

// class is element for a class whose first byte after the [ is at i.
func (p Pattern) class(i int, add func(c byte)) (end int) {
	var in [256]bool
	not := i < len(p) && p[i] == '^'
	if not {
		i++
	}
	for i < len(p) && p[i] != ']' {
		switch rest := p[i:]; {
		case rest[0] == '\\' && len(rest) >= 2:
			in[rest[1]] = true
			i += 2
		case len(rest) >= 3 && rest[1] == '-':
			low, high := int8(rest[0]), int8(rest[2])
			for c := int(min(low, high)); c <= int(max(low, high)); c++ {
				in[byte(c)] = true
			}
			i += 3
		default:
			in[rest[0]] = true
			i++
		}
	}
	for c, ok := range in {
		if ok != not {
			add(byte(c))
		}
	}
	return min(i+1, len(p))
}

// Prefix returns the prefix that all matching keys share, and whether the pattern consists of nothing else.
func (p Pattern) Prefix() (prefix Key, whole bool) {
	b := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '*', p[i] == '?', p[i] == '[':
			return Key(b), false
		case p[i] == '\\' && i+1 < len(p):
			i++
		}
		b = append(b, p[i])
	}
	return Key(b), true
}

// Escape returns the pattern that matches the prefix and nothing else.
func Escape(prefix Key) Pattern {
	b := make([]byte, 0, 2*len(prefix))
	for i := range len(prefix) {
		switch prefix[i] {
		case '*', '?', '[', '\\':
			b = append(b, '\\')
		}
		b = append(b, prefix[i])
	}
	return Pattern(b)
}
