// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var concurrencyTests = []test{
	{"Incr", testConcurrentIncr},
	{"Neighbours", testNeighbours},
	{"NX", testOneWinner},
	{"Whole", testWholeValues},
}

// callers is how many goroutines call at once.
const callers = 32

// atOnce runs f in many goroutines and waits for all of them.
func atOnce(f func(i int)) {
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func testConcurrentIncr(c *client) {
	const each = 50
	atOnce(func(i int) {
		ttl := time.Duration(i%2) * time.Hour
		for range each {
			if _, err := c.store.Incr(c.ctx, c.p, "k", 2, ttl); err != nil {
				c.Errorf("Incr: %v", err)
			}
			if _, err := c.store.Incr(c.ctx, c.p, "k", -1, 0); err != nil {
				c.Errorf("Incr: %v", err)
			}
		}
	})
	c.wantValue("k", fmt.Sprint(callers*each))
}

// testNeighbours checks that a call that fails does not make others in the same batch or transaction fail.
func testNeighbours(c *client) {
	c.set("text", `"text"`)
	atOnce(func(i int) {
		for range 20 {
			if i%2 == 0 {
				_, err := c.store.Incr(c.ctx, c.p, "text", 1, 0)
				c.wantErr("Incr on text", err, kv.ErrNotInteger)
			} else if _, err := c.store.Incr(c.ctx, c.p, "number", 1, 0); err != nil {
				c.Errorf("Incr: %v", err)
			}
		}
	})
	c.wantMGet([]kv.Key{"text", "number"}, `"text"`, fmt.Sprint(callers/2*20))
}

func testOneWinner(c *client) {
	for i := range 20 {
		key := kv.Key(fmt.Sprint("k", i))
		var winners atomic.Int64
		atOnce(func(int) {
			ok, err := c.store.Set(c.ctx, c.p, key, kv.Value(`1`), kv.SetOptions{Condition: kv.NX, TTL: time.Hour})
			if err != nil {
				c.Errorf("Set NX: %v", err)
			}
			if ok {
				winners.Add(1)
			}
		})
		if n := winners.Load(); n != 1 {
			c.Errorf("%d callers set one key with NX, want 1", n)
		}
	}
}

// testWholeValues checks that a reader sees one value or another and never a mixture.
func testWholeValues(c *client) {
	values := map[string]bool{missing: true}
	for i := range callers {
		values[text(i)] = true
	}
	atOnce(func(i int) {
		for range 20 {
			if _, err := c.store.Set(c.ctx, c.p, "k", kv.Value(text(i)), kv.SetOptions{}); err != nil {
				c.Errorf("Set: %v", err)
			}
			if v, err := c.store.Get(c.ctx, c.p, "k"); err != nil || !values[string(v)] {
				c.Errorf("Get = %.40s (%d bytes), %v", v, len(v), err)
			}
		}
	})
}

// text returns a value that differs from the others in length and in every byte.
func text(i int) string {
	b := make([]byte, 100+i*200)
	for j := range b {
		b[j] = byte('A' + i)
		if b[j] >= '\\' {
			b[j] += 5
		}
	}
	b[0], b[len(b)-1] = '"', '"'
	return string(b)
}

var closeTests = []test{{"Close", testClose}}

// testClose closes a store under load: calls succeed or were not begun, and later ones are refused.
func testClose(c *client) {
	var began sync.WaitGroup
	began.Add(callers)
	done := make(chan struct{})
	go func() {
		defer close(done)
		atOnce(func(i int) {
			for n := 0; ; n++ {
				_, err := c.store.Incr(c.ctx, c.p, "k", 1, 0)
				if n == 0 {
					began.Done()
				}
				if err != nil {
					if !errors.Is(err, kv.ErrUnavailable) {
						c.Errorf("Incr while the store is closed: %v, want %v", err, kv.ErrUnavailable)
					}
					return
				}
			}
		})
	}()
	began.Wait()
	if err := c.store.Close(); err != nil {
		c.Errorf("Close: %v", err)
	}
	<-done
	for _, call := range c.calls() {
		c.wantErr(call.name+" after Close", call.do(c.ctx), kv.ErrUnavailable)
	}
	if err := c.store.Close(); err != nil {
		c.Errorf("Close again: %v", err)
	}
}
