// SPDX-License-Identifier: Apache-2.0

// Package redis keeps the control data in Redis or Valkey, shared by several servers, or Lambda functions: see
// package control. It fulfils access.Access, access.Sessions, engine.State, archive.Control and archive.Schedules. The two main
// packages import it.
//
// # Keys
//
// All begin with tempskv:{control}, which no key, pattern or cursor of a project reaches: those begin with kv:p. The
// braces put them into one slot of a Cluster, so that a script may change several.
//
//	tempskv:{control}             a hash: schema, id, generation, credentials by hash, projects by id, settings, the schedule of backups
//	tempskv:{control}:keys        a hash: API keys by id
//	tempskv:{control}:tokens:{id} a hash: the deployment tokens of a project by id
//	tempskv:{control}:used        a hash: when credentials were last used, by hash
//	tempskv:{control}:projects    a sorted set: the ids of the projects
//	tempskv:{control}:deleted     a set: the ids that are never given again
//	tempskv:{control}:deletions   a hash: when those of them were deleted whose keys may still be there
//	tempskv:{control}:unverified  a set: projects created without a look at the store
//	tempskv:{control}:audit       a stream: acts of administrators in the audit log, and all entries of older versions
//	tempskv:{control}:audit:{kind} a stream: entries of another kind
//	tempskv:{control}:audited     a hash: how many entries there were of each of these kinds
//	tempskv:{control}:sessions    a hash: browsers that are signed in, by the hash of their cookie
//	tempskv:{control}:sessions:of a hash: those of an API key, by its id
//	tempskv:{control}:downloads   a hash: downloads that a session was permitted, by the hash of their code
//	tempskv:{control}:requests:{what} a number: the requests of a token or project that all servers let through
//
// Once a server knows the id it uses no other control data, and makes no new ones if they are gone: see Config.ID and
// Begin.
//
// Except for the last, which expires after a minute, they have no time to live; a Redis that evicts such keys
// (allkeys-lru and the like) is not suitable.
//
// # Memory
//
// A credential or project is read when it is first asked for, and from then on in memory. A change that removes an item
// that may have been read, or adds one whose absence may have been read, gives the hash a new generation. Every process
// reads that each second, or, with Config.OnUse, before it answers from memory older than Config.MaxAge. If it has
// changed, the items in memory are read again. A server that could not read it for Config.MaxAge refuses every request.
// Age is measured by the wall clock too, since the monotonic clock may stand still while a process is frozen.
//
// # Permissions
//
// A user that only authenticates and runs the service, as the function for data on Lambda does, needs this ACL:
//
//	resetchannels resetkeys %R~tempskv:{control}* %W~tempskv:{control}:used %R~kv:owner -@all +hmget +smembers +hset +get
//
// and +@connection, +info and, for a Cluster, +cluster|slots, +cluster|shards and +cluster|nodes. A user that manages
// also needs
//
//	~tempskv:{control}* +eval +hget +hdel +hexists +hincrby +hlen +hvals +hgetall +zadd +zrem +zrange +sadd +srem
//	+sismember +del +xadd +xrevrange
//
// and to share counts of requests +eval +incrby +pexpire on tempskv:{control}:requests:*.
package redis
