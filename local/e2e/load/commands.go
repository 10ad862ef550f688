// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// manyKeys is how many keys an mget or mset of the commands has.
const manyKeys = 100

// peers are all that the commands are measured of: this server on both engines, and what it is compared with.
type peers struct {
	external, embedded *server
	noops              []*gateway
	webdis             *webdisServer
}

// startPeers starts all of them, on one Redis, and stores what is read.
func (b *bench) startPeers(ctx context.Context, noops ...string) (p peers, err error) {
	redis, err := b.startRedis(ctx)
	if err != nil {
		return p, err
	}
	if p.external, err = b.startExternal(ctx, redis, 0); err != nil {
		return p, err
	}
	if p.embedded, err = b.startEmbedded(ctx); err != nil {
		return p, err
	}
	for _, by := range noops {
		n, err := b.startNoop(ctx, by)
		if err != nil {
			return p, err
		}
		p.noops = append(p.noops, n)
	}
	for _, s := range []*server{p.external, p.embedded} {
		for key, value := range map[string]string{smallKey: smallValue, mediumKey: mediumValue, largeKey: largeValue, counterKey: "0"} {
			if err := s.call(ctx, "POST", "/api/kv/set", setBody(key, value), nil); err != nil {
				return p, err
			}
		}
		if err := s.call(ctx, "POST", "/api/kv/mset", msetBody(firstKeys(manyKeys)), nil); err != nil {
			return p, err
		}
	}
	p.webdis, err = b.startWebdis(ctx, redis, p.external)
	return p, err
}

func firstKeys(n int) (keys []string) {
	for i := range n {
		keys = append(keys, keyOf(i))
	}
	return keys
}

// subjects are the call of the wire contract of all, and the same of webdis.
func (p *peers) subjects(op, body string, webdis func(*webdisServer) subject) []subject {
	all := []subject{p.external.among(op, body, writtenKeys), p.embedded.among(op, body, writtenKeys)}
	for _, n := range p.noops {
		all = append(all, n.call(op, body))
	}
	if p.webdis != nil {
		all = append(all, webdis(p.webdis))
	}
	return all
}

func (p *peers) get(key string) []subject {
	return p.subjects("get", keyBody(key), func(w *webdisServer) subject { return w.read("GET", key) })
}

func (p *peers) incr() []subject {
	return p.subjects("incr", keyBody(counterKey), func(w *webdisServer) subject { return w.read("INCR", counterKey) })
}

func (p *peers) set() []subject {
	return p.subjects("set", setBody(oneOfKeys, smallValue), func(w *webdisServer) subject { return w.write(w.command("SET", oneOfKeys)) })
}

func (p *peers) mget() []subject {
	keys := firstKeys(manyKeys)
	return p.subjects("mget", keysBody(keys), func(w *webdisServer) subject { return w.read("MGET", keys...) })
}

// mset takes turns with so many requests, whose keys are random.
func (p *peers) mset(b *bench) ([]subject, error) {
	const bodies = 200
	var ours, theirs []string
	for range bodies {
		keys := make([]string, manyKeys)
		for i := range keys {
			keys[i] = keyOf(rand.IntN(writtenKeys))
		}
		ours = append(ours, msetBody(keys))
		if p.webdis != nil {
			theirs = append(theirs, p.webdis.command("MSET", keys...))
		}
	}
	ourLines, err := b.linesOf("mset", ours)
	if err != nil {
		return nil, err
	}
	theirLines, err := b.linesOf("webdis-mset", theirs)
	return p.subjects("mset", ourLines, func(w *webdisServer) subject { return w.write(theirLines) }), err
}

// measureCommands measures each command at each number of connections.
func (b *bench) measureCommands(ctx context.Context, r *report) error {
	p, err := b.startPeers(ctx, netHTTP, fastPath)
	if err != nil {
		return err
	}
	mset, err := p.mset(b)
	if err != nil {
		return err
	}
	for _, w := range []struct {
		name     string
		subjects []subject
	}{
		{"get", p.get(smallKey)},
		{"get 1 KiB", p.get(mediumKey)},
		{"get 64 KiB", p.get(largeKey)},
		{"set", p.set()},
		{"incr", p.incr()},
		{fmt.Sprint("mget ", manyKeys), p.mget()},
		{fmt.Sprint("mset ", manyKeys), mset},
	} {
		for i, connections := range b.Connections {
			b.progress("commands: %s, %d connections", w.name, connections)
			rounds, err := b.measure(ctx, task{workload: w.name, connections: connections, rounds: b.Rounds, seconds: b.Seconds, warm: i > 0}, w.subjects...)
			if err != nil {
				return err
			}
			r.Commands = append(r.Commands, medians(rounds)...)
		}
	}
	return nil
}
