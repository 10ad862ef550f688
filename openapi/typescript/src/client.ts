// SPDX-License-Identifier: Apache-2.0

import { resolve } from './config.js';
import type { CallOptions, KVClientConfig, Target } from './config.js';
import { KVError, unexpected } from './error.js';
import type { IncrOptions, Keys, MSetEntry, ScanOptions, SetOptions } from './options.js';
import { send } from './send.js';
import type { Answer, Op, Request } from './wire.js';

/** The configuration of {@link kv}, which is looked up at its first call. */
const later: KVClientConfig = {};

/**
 * A client of one project's keys.
 *
 * Each call is rejected with a {@link KVError} and nothing else. A call answered 429 or 503 is repeated, because nothing
 * was applied. After a network error, 502 or 504 a read is, and a write that the server does once however often it comes:
 * `set`, `mset`, `del`, `incr` and `decr` carry an Idempotency-Key. `expire` and `persist` are not sent twice then.
 *
 * Numbers are those of JavaScript: an integer beyond 2^53 comes back rounded. {@link KV.getRaw} returns it exactly.
 */
export class KV {
  readonly #config: KVClientConfig;
  #found: Target | undefined;

  /**
   * Makes a client, and sends nothing.
   *
   * @throws {@link KVError} with the code `MISSING_CONFIG` where neither the configuration nor the environment has a
   * base URL or a token, and `INVALID_CONFIG` where one is wrong.
   */
  constructor(config: KVClientConfig = {}) {
    this.#config = config;
    if (config !== later) this.#target();
  }

  /** Returns the value of a key; null if there is no such key, or null is what it holds. */
  get<T = unknown>(key: string, options?: CallOptions): Promise<T | null> {
    return this.#field('get', { key }, 'value', options) as Promise<T | null>;
  }

  /**
   * Returns the value of a key as the JSON text that is stored, every digit of its numbers included; null if there is
   * no such key, or null is what it holds.
   */
  async getRaw(key: string, options?: CallOptions): Promise<string | null> {
    const [, text] = await this.#call('get', { key }, 'value', options);
    // The answer has this one field: what stands between the first colon and the last brace is its value.
    const raw = text.slice(text.indexOf(':') + 1, text.lastIndexOf('}')).trim();
    return raw === 'null' ? null : raw;
  }

  /**
   * Sets a key to any value that JSON can hold. Without `keepttl`, an earlier time to live ends.
   *
   * @returns `'OK'`, or null where `nx` or `xx` was not met and nothing was set.
   */
  set(key: string, value: unknown, options: SetOptions = {}): Promise<'OK' | null> {
    const { ex, px, keepttl, nx, xx } = options;
    return this.#field('set', { key, value, ex, px, keepttl, nx, xx }, 'result', options) as Promise<'OK' | null>;
  }

  /** Deletes keys: `del('a', 'b')` or `del(['a', 'b'])`. Returns how many there were. */
  del(...keys: Keys): Promise<number> {
    return this.#field('del', ...many(keys, 'deleted'));
  }

  /**
   * Adds to an integer in one step, which may be negative. A key that is not there counts from 0; a time to live stays
   * as it is.
   *
   * @returns the sum.
   */
  incr(key: string, amount = 1, options: IncrOptions = {}): Promise<number> {
    const { ex, px } = options;
    return this.#field('incr', { key, amount, ex, px }, 'value', options);
  }

  /** Subtracts from an integer as {@link KV.incr} adds to it. */
  decr(key: string, amount = 1, options?: IncrOptions): Promise<number> {
    return this.incr(key, -amount, options);
  }

  /**
   * Sets the time to live of a key; with 0 seconds or less, deletes it.
   *
   * @returns 1, or 0 if there is no such key.
   */
  expire(key: string, seconds: number, options?: CallOptions): Promise<1 | 0> {
    return this.#field('expire', { key, seconds }, 'result', options) as Promise<1 | 0>;
  }

  /** Returns the time to live of a key in seconds: -1 if it does not expire, -2 if there is no such key. */
  ttl(key: string, options?: CallOptions): Promise<number> {
    return this.#field('ttl', { key }, 'ttl', options);
  }

  /**
   * Takes the time to live off a key, so that it stays.
   *
   * @returns 1, or 0 if there is no such key or it had none.
   */
  persist(key: string, options?: CallOptions): Promise<1 | 0> {
    return this.#field('persist', { key }, 'result', options) as Promise<1 | 0>;
  }

  /** Returns the values of keys, in their order: `mget('a', 'b')` or `mget(['a', 'b'])`. See {@link KV.get} for null. */
  mget<T = unknown>(...keys: Keys): Promise<(T | null)[]> {
    return this.#field('mget', ...many(keys, 'values')) as Promise<(T | null)[]>;
  }

  /**
   * Sets keys, all of them or none: `mset({ a: 1, b: 2 })`, or with times to live
   * `mset([{ key: 'a', value: 1, ex: 60 }])`.
   */
  mset(values: Record<string, unknown> | readonly MSetEntry[], options?: CallOptions): Promise<'OK'> {
    const entries = Array.isArray(values) ? values : Object.entries(values).map(([key, value]) => ({ key, value }));
    return this.#field('mset', { entries }, 'result', options);
  }

  /** Returns how many of the keys there are; one that is given twice counts twice. */
  exists(...keys: Keys): Promise<number> {
    return this.#field('exists', ...many(keys, 'exists'));
  }

  /** Returns the names of keys by a glob pattern as in Redis. Where there may be many, {@link KV.scan} is for them. */
  keys(pattern: string, options?: CallOptions): Promise<string[]> {
    return this.#field('keys', { pattern }, 'keys', options);
  }

  /**
   * Goes through the names of keys, page by page. A key that is there all the time comes at least once, and perhaps
   * twice.
   *
   * @example
   * ```ts
   * for await (const key of kv.scan({ match: 'session:*' })) console.log(key);
   * ```
   */
  async *scan(options: ScanOptions = {}): AsyncGenerator<string, void, undefined> {
    const { match: pattern, count: limit } = options;
    let cursor: string | undefined;
    do {
      const [page] = await this.#call('scan', { pattern, limit, cursor }, 'keys', options);
      yield* page.keys;
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
  }

  #target(): Target {
    return (this.#found ??= resolve(this.#config));
  }

  async #field<O extends Op, F extends keyof Answer<O>>(
    op: O,
    body: Sent<O>,
    field: F,
    options?: CallOptions,
  ): Promise<Answer<O>[F]> {
    return (await this.#call(op, body, field, options))[0][field];
  }

  /** Makes a call, and returns its answer and the text of that. An answer without the field is none. */
  async #call<O extends Op>(
    op: O,
    body: Sent<O>,
    field: keyof Answer<O>,
    options: CallOptions = {},
  ): Promise<[Answer<O>, string]> {
    const [response, text] = await send(this.#target(), op, body, options);
    const answer = parse(text);
    if (field in answer) return [answer as Answer<O>, text];
    throw new KVError({
      status: response.status,
      code: 'UNEXPECTED_RESPONSE',
      title: 'Unexpected Response',
      detail: unexpected(response, text),
    });
  }
}

/** A request before it is JSON, which leaves out what is undefined. */
type Sent<O extends Op> = { [F in keyof Request<O>]: Request<O>[F] | undefined };

/** Sorts the arguments of a call with many keys into those of #field. */
function many<F extends string>(keys: Keys, field: F): [{ keys: string[] }, F, CallOptions | undefined] {
  const [first, options] = keys;
  return Array.isArray(first)
    ? [{ keys: first }, field, options as CallOptions | undefined]
    : [{ keys: keys as string[] }, field, undefined];
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * Makes a client. What the configuration leaves out comes from the environment: see {@link KVClientConfig}.
 *
 * @throws {@link KVError} where something is missing or wrong.
 *
 * @example
 * ```ts
 * const kv = createKVClient({ baseUrl: 'https://kv.example.com', token: process.env.TEMPS_DEPLOYMENT_TOKEN });
 * ```
 */
export function createKVClient(config?: KVClientConfig): KV {
  return new KV(config);
}

/** The same as {@link createKVClient}, by its earlier name. */
export const createClient = createKVClient;

/** A client from the environment, which is looked up at the first call. */
export const kv: KV = /* @__PURE__ */ new KV(later);
