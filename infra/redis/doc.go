// SPDX-License-Identifier: Apache-2.0

// Package redis is the kv.Store over Redis or Valkey: one server, a master that Sentinels watch, or a Cluster.
//
// A key of a project is kept as kv:p{project_id}:{key}, its value as JSON text. That is the layout of Temps,
// whose Redis can be taken over. Other keys in the same Redis are left alone.
//
// # One command, sent once
//
// No write is ever sent twice unless the server said that it did not run it. go-redis repeats commands by itself (a
// Cluster client even those of a broken pipeline that had a reply), so every command goes out as a command of this
// package, whose NoRetry is true. What may be repeated is repeated here: see send.go.
//
// # Coalescing
//
// Commands of concurrent callers share pipelines, through one queue for each server: see queue.go. The AutoPipeliner of
// go-redis does the same, but costs 4 us of CPU more for each request. A command whose caller leaves while it is queued is
// never sent. Large commands bypass the queue, on other connections, so that they delay no one.
//
// The two main packages and the engines import it.
package redis
