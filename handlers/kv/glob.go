// SPDX-License-Identifier: Apache-2.0

package kv

// Match reports whether the pattern matches the whole key, byte by byte, as stringmatchlen in util.c of Redis does,
// including its corner cases: an unterminated class extends to the end of the pattern, [z-a] is [a-z], a final \ is
// literal, and the ends of a range compare as signed chars, as Redis does on amd64. An empty key never matches.
//
// Only the last * is ever retried: every other element takes exactly one byte, so whatever a longer match of an earlier
// * could lead to, the last one leads to as well. The time is at most len(key) * len(pattern), not exponential.
func (p Pattern) Match(key Key) bool {
	next, k := 0, 0
	star, from := -1, 0 // the element after the last *, and where in the key it was tried
	for k < len(key) {
		if next < len(p) && p[next] == '*' {
			next++
			if next == len(p) {
				return true
			}
			star, from = next, k
			continue
		}
		if next < len(p) {
			end, ok := p.element(next, key[k])
			if ok {
				next, k = end, k+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		next, k = star, from
	}
	for next < len(p) && p[next] == '*' {
		next++
	}
	return next == len(p) && key != ""
}

// element reports whether the element of the pattern at i, which is not *, matches the byte c, and returns where the
// next element starts.
func (p Pattern) element(i int, c byte) (end int, ok bool) {
	switch {
	case p[i] == '?':
		return i + 1, true
	case p[i] == '[':
		return p.class(i+1, c)
	case p[i] == '\\' && i+1 < len(p):
		i++
	}
	return i + 1, p[i] == c
}

// class is element for a class whose first byte after the [ is at i.
func (p Pattern) class(i int, c byte) (end int, ok bool) {
	not := i < len(p) && p[i] == '^'
	if not {
		i++
	}
	for i < len(p) && p[i] != ']' {
		switch rest := p[i:]; {
		case rest[0] == '\\' && len(rest) >= 2:
			ok = ok || rest[1] == c
			i += 2
		case len(rest) >= 3 && rest[1] == '-':
			low, high := int8(rest[0]), int8(rest[2])
			ok = ok || min(low, high) <= int8(c) && int8(c) <= max(low, high)
			i += 3
		default:
			ok = ok || rest[0] == c
			i++
		}
	}
	return min(i+1, len(p)), ok != not
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
