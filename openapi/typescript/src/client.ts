// SPDX-License-Identifier: Apache-2.0

import { resolve } from './config.js';
import type { CallOptions, KVClientConfig, Target } from './config.js';
import { KVError, unexpected } from './error.js';
import type { IncrOptions, Keys, MSetEntry, ScanOptions, SetOptions } from './options.js';
import { send } from './send.js';
import { misfit } from './shape.js';
import type { Answer, Op, Request } from './wire.js';

/** The configuration of {@link kv}, which is read at its first call. */
const later: KVClientConfig = {};

/**
 * A client of one project's keys.
 *
 * Calls are only rejected with a {@link KVError}. A call that is answered 429 or 503 is repeated, because nothing was
 * applied. After a network error, 502 or 504, reads are repeated, and also `set`, `mset`, `del`, `incr` and `decr`: they
 * are sent with an Idempotency-Key, so the server applies them once. `expire` and `persist` are not repeated then.
 *
 * Numbers are JavaScript numbers: an integer beyond 2^53 is rounded. {@link KV.getRaw} returns it exactly.
 */
export class KV {
  readonly #config: KVClientConfig;
  #found: Target | undefined;

  /**
   * Creates a client. It sends nothing yet.
   *
   * @throws {@link KVError} with the code `MISSING_CONFIG` if neither the configuration nor the environment has a
   * base URL or a token, and `INVALID_CONFIG` if one is wrong.
   */
  constructor(config: KVClientConfig = {}) {
    this.#config = config;
    if (config !== later) this.#target();
  }

  /** Returns the value of a key; null if there is no such key, or if its value is null. */
  get<T = unknown>(key: string, options?: CallOptions): Promise<T | null> {
    return this.#field('get', { key }, 'value', options) as Promise<T | null>;
  }

  /**
   * Returns the value of a key as the stored JSON text, with every digit of its numbers; null if there is no such key,
   * or if its value is null.
   */
  async getRaw(key: string, options?: CallOptions): Promise<string | null> {
    const [, text] = await this.#call('get', { key }, 'value', options);
    // The answer has only this field: its value is between the first colon and the last brace.
    const raw = text.slice(text.indexOf(':') + 1, text.lastIndexOf('}')).trim();
    return raw === 'null' ? null : raw;
  }

  /**
   * Sets a key to any value that JSON can hold. Without `keepttl`, an existing time to live is removed.
   *
   * @returns `'OK'`, or null if `nx` or `xx` was not met and nothing was set.
   */
  set(key: string, value: unknown, options: SetOptions = {}): Promise<'OK' | null> {
    const { ex, px, keepttl, nx, xx } = options;
    return this.#field('set', { key, value, ex, px, keepttl, nx, xx }, 'result', options) as Promise<'OK' | null>;
  }

  /** Deletes keys: `del('a', 'b')` or `del(['a', 'b'])`. Returns how many existed. */
  del(...keys: Keys): Promise<number> {
    return this.#field('del', ...many(keys, 'deleted'));
  }

  /**
   * Adds a number, which may be negative, to an integer in one step. A key that does not exist counts from 0; a time to
   * live is kept.
   *
   * @returns the sum.
   */
  incr(key: string, amount = 1, options: IncrOptions = {}): Promise<number> {
    const { ex, px } = options;
    return this.#field('incr', { key, amount, ex, px }, 'value', options);
  }

  /** Subtracts from an integer, otherwise like {@link KV.incr}. */
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
   * Removes the time to live of a key, so it does not expire.
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

  /** Returns how many of the keys exist; a key that is given twice counts twice. */
  exists(...keys: Keys): Promise<number> {
    return this.#field('exists', ...many(keys, 'exists'));
  }

  /** Returns the names of keys that match a glob pattern as in Redis. If there may be many, use {@link KV.scan}. */
  keys(pattern: string, options?: CallOptions): Promise<string[]> {
    return this.#field('keys', { pattern }, 'keys', options);
  }

  /**
   * Iterates over the names of keys, page by page. A key that exists all the time is returned at least once, and perhaps
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

  async #field<O extends Op, F extends keyof Answer<O> & string>(
    op: O,
    body: Sent<O>,
    field: F,
    options?: CallOptions,
  ): Promise<Answer<O>[F]> {
    return (await this.#call(op, body, field, options))[0][field];
  }

  /** Makes a call, and returns its answer and the text of it. Rejects an answer whose field is not what the document says. */
  async #call<O extends Op>(
    op: O,
    body: Sent<O>,
    field: keyof Answer<O> & string,
    options: CallOptions = {},
  ): Promise<[Answer<O>, string]> {
    const [response, text] = await send(this.#target(), op, body, options);
    const answer = parse(text);
    const wrong = misfit(op, answer, field);
    if (wrong === undefined) return [answer as Answer<O>, text];
    throw new KVError({
      status: response.status,
      code: 'UNEXPECTED_RESPONSE',
      title: 'Unexpected Response',
      detail: unexpected(response, text, wrong),
    });
  }
}

/** A request before it is written as JSON, which omits undefined fields. */
type Sent<O extends Op> = { [F in keyof Request<O>]: Request<O>[F] | undefined };

/** Converts the arguments of a call with many keys to those of #field. */
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
 * Creates a client. Options that are not set are read from the environment: see {@link KVClientConfig}.
 *
 * @throws {@link KVError} if something is missing or wrong.
 *
 * @example
 * ```ts
 * const kv = createKVClient({ baseUrl: 'https://kv.example.com', token: process.env.TEMPS_DEPLOYMENT_TOKEN });
 * ```
 */
export function createKVClient(config?: KVClientConfig): KV {
  return new KV(config);
}

/** The earlier name of {@link createKVClient}. */
export const createClient = createKVClient;

/** A client that is configured by the environment, which is read at the first call. */
export const kv: KV = /* @__PURE__ */ new KV(later);
