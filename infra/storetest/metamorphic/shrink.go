// SPDX-License-Identifier: Apache-2.0

package metamorphic

// shrink removes steps from a program as long as it still fails, many at a time at first and then one by one. It returns the
// history of the smallest program that failed; found is that of p. fails runs a program, and returns nil if it does not fail.
func shrink(p program, found *history, fails func(program) *history) *history {
	for size := perClient; size > 0; {
		smaller, h := remove(p, size, fails)
		if h != nil {
			p, found = smaller, h
			continue
		}
		size /= 2
	}
	return found
}

// remove returns the first program that fails without some steps of one client, and its history.
func remove(p program, size int, fails func(program) *history) (program, *history) {
	for client, steps := range p {
		for from := 0; from < len(steps); from += size {
			smaller := p.without(client, from, min(from+size, len(steps)))
			if h := fails(smaller); h != nil {
				return smaller, h
			}
		}
	}
	return nil, nil
}
