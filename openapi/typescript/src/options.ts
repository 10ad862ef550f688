// SPDX-License-Identifier: Apache-2.0

import type { CallOptions } from './config.js';
import type { Request } from './wire.js';

/** Options of `set`: `ex`, `px`, `keepttl`, `nx` and `xx`, as for SET in Redis. */
export interface SetOptions extends CallOptions, Omit<Request<'set'>, 'key' | 'value'> {}

/** Options of `incr` and `decr`: `ex` and `px` apply only if the call creates the key. */
export interface IncrOptions extends CallOptions, Omit<Request<'incr'>, 'key' | 'amount'> {}

/** One key of `mset`, with its own time to live if it has `ex` or `px`. */
export type MSetEntry = Request<'mset'>['entries'][number];

/** Options of `scan`. */
export interface ScanOptions extends CallOptions {
  /** A glob pattern as in Redis, such as `session:*`. Without one, every key matches. */
  match?: string;
  /** How many keys to ask for at a time, 1 to 1000: a hint. Default: 100. */
  count?: number;
}

/** One to 1000 keys, one by one or as a list; a list may be followed by options. */
export type Keys = string[] | [keys: readonly string[], options?: CallOptions];
