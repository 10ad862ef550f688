// SPDX-License-Identifier: Apache-2.0

package history_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e/history"
)

// at makes a call of client 1 that took from one second to another.
func at(begin, end int, op history.Op, input, output string) history.Call {
	start := time.Unix(1000, 0)
	return history.Call{
		Client: 1, Op: op, Key: "k", Input: input, Output: output,
		Begin: start.Add(time.Duration(begin) * time.Second), End: start.Add(time.Duration(end) * time.Second),
	}
}

func lost(c history.Call) history.Call {
	c.Unknown, c.Output = true, ""
	return c
}

// repeat returns a call so many times.
func repeat(n int, c history.Call) []history.Call {
	return slices.Repeat([]history.Call{c}, n)
}

// distinct returns a call so many times, each with another input.
func distinct(n int, c history.Call) []history.Call {
	calls := repeat(n, c)
	for i := range calls {
		calls[i].Input = strconv.Itoa(i)
	}
	return calls
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const get, set, setNX, del, incr = history.Get, history.Set, history.SetNX, history.Del, history.Incr
	for name, tt := range map[string]struct {
		calls []history.Call
		legal bool
	}{
		"nothing":                    {nil, true},
		"one after the other":        {[]history.Call{at(0, 1, set, "a", ""), at(2, 3, get, "", "a"), at(4, 5, del, "", "1"), at(6, 7, get, "", "")}, true},
		"an acknowledged set lost":   {[]history.Call{at(0, 1, set, "a", ""), at(2, 3, get, "", "")}, false},
		"a stale read":               {[]history.Call{at(0, 1, set, "a", ""), at(2, 3, set, "b", ""), at(4, 5, get, "", "a")}, false},
		"a read next to a set":       {[]history.Call{at(0, 1, set, "a", ""), at(2, 5, set, "b", ""), at(3, 4, get, "", "a")}, true},
		"reads that go back":         {[]history.Call{at(0, 1, set, "a", ""), at(2, 9, set, "b", ""), at(3, 4, get, "", "b"), at(5, 6, get, "", "a")}, false},
		"a set without an answer":    {[]history.Call{lost(at(0, 1, set, "a", "")), at(2, 3, get, "", ""), at(4, 5, get, "", "a")}, true},
		"one that appears twice":     {[]history.Call{lost(at(0, 1, set, "a", "")), at(2, 3, get, "", "a"), at(4, 5, del, "", "1"), at(6, 7, get, "", "a")}, false},
		"two that claim":             {[]history.Call{at(0, 3, setNX, "a", "1"), at(1, 2, setNX, "b", "1")}, false},
		"one that claims":            {[]history.Call{at(0, 3, setNX, "a", "0"), at(1, 2, setNX, "b", "1"), at(4, 5, get, "", "b")}, true},
		"a claim that no one made":   {[]history.Call{at(0, 1, setNX, "a", "0")}, false},
		"a counter":                  {[]history.Call{at(0, 3, incr, "", "2"), at(1, 2, incr, "", "1"), at(4, 5, get, "", "2")}, true},
		"an addition applied twice":  {[]history.Call{at(0, 1, incr, "", "1"), at(2, 3, incr, "", "3")}, false},
		"an addition lost":           {[]history.Call{at(0, 1, incr, "", "1"), at(2, 3, incr, "", "1")}, false},
		"an addition without answer": {[]history.Call{at(0, 1, incr, "", "1"), lost(at(2, 3, incr, "", "")), at(4, 5, incr, "", "3"), at(6, 7, get, "", "3")}, true},
		"it counted twice":           {[]history.Call{lost(at(2, 3, incr, "", "")), at(4, 5, get, "", "2")}, false},
		"a read without an answer":   {[]history.Call{at(0, 1, set, "a", ""), lost(at(2, 3, get, "", ""))}, true},
		"a set that comes late":      {[]history.Call{lost(at(0, 1, set, "a", "")), at(2, 3, set, "b", ""), at(4, 5, get, "", "a")}, true},
		"one that comes too late":    {[]history.Call{at(0, 1, get, "", "a"), lost(at(2, 3, set, "a", ""))}, false},
		"many additions":             {append(repeat(50, lost(at(0, 1, incr, "", ""))), at(2, 3, incr, "", "51")), true},
		"too few additions":          {append(repeat(50, lost(at(0, 1, incr, "", ""))), at(2, 3, incr, "", "52")), false},
		"an addition that came late": {append(repeat(50, lost(at(0, 1, incr, "", ""))), at(2, 3, get, "", "51"), lost(at(4, 5, incr, "", ""))), false},
		"many deletions":             {append(repeat(50, lost(at(0, 1, del, "", ""))), at(2, 3, get, "", "a")), false},
		"many sets":                  {append(distinct(50, lost(at(0, 1, set, "", ""))), at(2, 3, get, "", "a")), false},
		"many claims":                {append(distinct(50, lost(at(0, 1, setNX, "", ""))), at(2, 3, get, "", "a")), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log history.Log
			for _, c := range tt.calls {
				log.Add(c)
			}
			err := log.Check()
			if legal := err == nil; legal != tt.legal {
				t.Errorf("legal: %t, want %t: %v", legal, tt.legal, err)
			}
			if err != nil && !strings.Contains(err.Error(), "client 1: ") {
				t.Errorf("error %q does not list the calls", err)
			}
		})
	}
}
