// SPDX-License-Identifier: Apache-2.0

import type { Request } from './wire.js';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that this call may take, instead of the client's `timeout`. */
  timeout?: number | undefined;
  /** How often this call is repeated at most, instead of the client's `retries`. */
  retries?: number | undefined;
  /** Whether this call is sent with an Idempotency-Key, instead of the client's `idempotency`. */
  idempotency?: boolean | undefined;
}

/** One of the fields of T at most. */
type OneOf<T> = {
  [Name in keyof T]: { [F in Name]?: T[F] | undefined } & { [F in Exclude<keyof T, Name>]?: undefined };
}[keyof T];

interface Expiry {
  /** Seconds to live. */
  ex: number;
  /** The same as `ex`. */
  ttl: number;
  /** Milliseconds to live. */
  px: number;
}

interface Keep {
  /** Whether to keep an existing time to live. */
  keepttl: boolean;
}

interface Condition {
  /** Whether to set the key only if it does not exist. */
  nx: boolean;
  /** Whether to set the key only if it exists. */
  xx: boolean;
}

/** Options of `set`: one of `ex` (or `ttl`), `px` and `keepttl`, and one of `nx` and `xx`, as for SET in Redis. */
export type SetOptions = CallOptions & OneOf<Expiry & Keep> & OneOf<Condition>;

/** Options of `incr` and `decr`: `ex` (or `ttl`) or `px`, which apply only if the call creates the key. */
export type IncrOptions = CallOptions & OneOf<Expiry>;

/** One key of `mset`, with its own time to live if it has `ex` (or `ttl`) or `px`. */
export type MSetEntry = Pick<Request<'mset'>['entries'][number], 'key' | 'value'> & OneOf<Expiry>;

/** Options of `scan`. */
export interface ScanOptions extends CallOptions {
  /** A glob pattern as in Redis, such as `session:*`. Without one, every key matches. */
  match?: string | undefined;
  /** How many keys to ask for at a time, 1 to 1000: a hint. Default: 100. */
  count?: number | undefined;
}

/** Options of `scanPage`. */
export interface ScanPageOptions extends ScanOptions {
  /** The cursor of the page before. Without one, or with null, the first page is returned. */
  cursor?: string | null | undefined;
}

/** A page of names of keys. */
export interface ScanPage {
  /** The names. There may be none on a page that is not the last. */
  keys: string[];
  /** What the next page begins at; null if this is the last. */
  cursor: string | null;
}

/** Keys, one by one or as a list; a list may be followed by options. */
export type Keys = string[] | [keys: readonly string[], options?: CallOptions];

/** The values of `mget`: by position if T is a tuple such as `[User, number]`, else each of them a T. */
export type Values<T> = [T] extends [readonly unknown[]]
  ? number extends T['length']
    ? (T | null)[]
    : { [Position in keyof T]: T[Position] | null }
  : (T | null)[];
