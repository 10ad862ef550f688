// SPDX-License-Identifier: Apache-2.0

package kv

// operation is what send has to know of one.
type operation struct {
	name    string
	changes bool // keys
	again   bool // a second time has no further effect
	keyed   bool // the server applies it once for all requests with the same Idempotency-Key
}

var (
	opGet     = operation{name: "get", again: true}
	opRead    = operation{name: "read", again: true}
	opMGet    = operation{name: "mget", again: true}
	opExists  = operation{name: "exists", again: true}
	opTTL     = operation{name: "ttl", again: true}
	opKeys    = operation{name: "keys", again: true}
	opScan    = operation{name: "scan", again: true}
	opExpire  = operation{name: "expire", changes: true, again: true}
	opPersist = operation{name: "persist", changes: true, again: true}
	opSet     = operation{name: "set", changes: true, keyed: true}
	opMSet    = operation{name: "mset", changes: true, keyed: true}
	opDel     = operation{name: "del", changes: true, keyed: true}
	opIncr    = operation{name: "incr", changes: true, keyed: true}
)
