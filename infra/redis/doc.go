// SPDX-License-Identifier: Apache-2.0

// Package redis is the kv.Store over Redis or Valkey: one server, a master that Sentinels watch, or a Cluster.
//
// A key of a project is kept as kv:p{project_id}:{key}, its value as JSON text. That is the layout of Temps,
// whose Redis can be taken over. Other keys in the same Redis are left alone.
//
// # One command, sent once
//
// No command is ever sent twice unless the server said that it did not run it. go-redis repeats commands of its own
// accord (a Cluster client even those of a broken pipeline that were answered), so every command goes out as a
// call, whose NoRetry is true; what may be repeated is repeated here, by what the server or the state of the call
// says: see send.go.
//
// # Coalescing
//
// Commands of concurrent callers share pipelines, out of one queue for each server: see queue.go. go-redis has the like
// in its AutoPipeliner, which costs a request 4 us of CPU more. A call whose caller leaves while it still waits in the
// queue is never sent. Large commands go past it on connections of their own, so that they hold nobody up.
//
// The two main packages and the engines import it.
package redis
