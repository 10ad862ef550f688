// SPDX-License-Identifier: Apache-2.0

import { check, checkEntries, checkKeys } from './check.js';
import { examine, resolve } from './config.js';
import type { KVClientConfig, Target } from './config.js';
import { notInBuild } from './network.js';
import type {
  CallOptions, IncrOptions, Keys, MSetEntry, ScanOptions, ScanPage, ScanPageOptions, SetOptions, Values,
} from './options.js';
import { send } from './send.js';
import type { Answer, Op, Request } from './wire.js';

/** How many keys a request may have. */
const most = 1000;

/**
 * A client of one project's keys.
 *
 * Calls are only rejected with a {@link KVError}. A call that was not applied, because it was answered 429 or 503 or the
 * connection was refused, is repeated. After another network error, 502 or 504, reads are repeated, and also `expire`
 * and `persist`, and `set`, `mset`, `del`, `incr` and `decr`: these are sent with an Idempotency-Key, so the server
 * applies them once.
 *
 * Numbers are JavaScript numbers: an integer beyond 2^53 is rounded. {@link KV.getRaw} returns it exactly.
 */
export class KV {
  readonly #config: KVClientConfig;
  #found: Target | undefined;

  /**
   * Creates a client. It sends nothing and does not read the environment before its first call, which is rejected with
   * `MISSING_CONFIG` if there is no base URL or token.
   *
   * @throws {@link KVError} with the code `INVALID_CONFIG` if an option is wrong.
   */
  constructor(config: KVClientConfig = {}) {
    examine(config);
    this.#config = config;
    // The methods can be taken off the client: const { get, set } = kv.
    for (const name of Object.getOwnPropertyNames(KV.prototype).slice(1)) {
      Object.defineProperty(this, name, { value: this[name as 'get'].bind(this), configurable: true, writable: true });
    }
  }

  /** Returns the value of a key; null if there is no such key, or if its value is null. */
  async get<T = unknown>(key: string, options?: CallOptions): Promise<T | null> {
    return (await this.#field('get', { key }, 'value', check('get', arguments))) as T | null;
  }

  /**
   * Returns the value of a key as the stored JSON text, with every digit of its numbers; null if there is no such key,
   * or if its value is null.
   */
  async getRaw(key: string, options?: CallOptions): Promise<string | null> {
    const { text } = await this.#call('get', { key }, 'value', check('getRaw', arguments));
    // The answer has only this field: its value is between the first colon and the last brace.
    const raw = text.slice(text.indexOf(':') + 1, text.lastIndexOf('}')).trim();
    return raw === 'null' ? null : raw;
  }

  /**
   * Sets a key to any value that JSON can hold. Without `keepttl`, an existing time to live is removed.
   *
   * @returns `'OK'`, or null if `nx` or `xx` was not met and nothing was set.
   */
  async set(key: string, value: unknown, options?: SetOptions): Promise<'OK' | null> {
    const { ex, px, keepttl, nx, xx, ...call } = check<SetOptions>('set', arguments);
    return (await this.#field('set', { key, value, ex, px, keepttl, nx, xx }, 'result', call)) as 'OK' | null;
  }

  /**
   * Deletes keys: `del('a', 'b')` or `del(['a', 'b'])`. Returns how many existed. More than 1,000 keys are sent in
   * several requests: if it fails, some may be deleted.
   */
  async del(...keys: Keys): Promise<number> {
    return sum(await this.#batches('del', keys, 'deleted'));
  }

  /**
   * Adds a number, which may be negative, to an integer in one step. A key that does not exist counts from 0; a time to
   * live is kept.
   *
   * @returns the sum.
   */
  async incr(key: string, amount = 1, options?: IncrOptions): Promise<number> {
    const { ex, px, ...call } = check<IncrOptions>('incr', arguments);
    return this.#field('incr', { key, amount, ex, px }, 'value', call);
  }

  /** Subtracts from an integer, otherwise like {@link KV.incr}. */
  async decr(key: string, amount = 1, options?: IncrOptions): Promise<number> {
    const { ex, px, ...call } = check<IncrOptions>('decr', arguments);
    return this.#field('incr', { key, amount: -amount, ex, px }, 'value', call);
  }

  /**
   * Sets the time to live of a key; with 0 seconds or less, deletes it.
   *
   * @returns 1, or 0 if there is no such key.
   */
  async expire(key: string, seconds: number, options?: CallOptions): Promise<1 | 0> {
    return (await this.#field('expire', { key, seconds }, 'result', check('expire', arguments))) as 1 | 0;
  }

  /** Returns the time to live of a key in seconds: -1 if it does not expire, -2 if there is no such key. */
  async ttl(key: string, options?: CallOptions): Promise<number> {
    return this.#field('ttl', { key }, 'ttl', check('ttl', arguments));
  }

  /**
   * Removes the time to live of a key, so it does not expire.
   *
   * @returns 1, or 0 if there is no such key or it had none. It is also 0 if the answer to a first request was lost.
   */
  async persist(key: string, options?: CallOptions): Promise<1 | 0> {
    return (await this.#field('persist', { key }, 'result', check('persist', arguments))) as 1 | 0;
  }

  /**
   * Returns the values of keys, in their order: `mget('a', 'b')` or `mget(['a', 'b'])`. See {@link KV.get} for null.
   * `mget<User>` is a list of users, `mget<[User, number]>` a user and a number. More than 1,000 keys are read in several
   * requests, one after the other.
   */
  async mget<T = unknown>(...keys: Keys): Promise<Values<T>> {
    return (await this.#batches('mget', keys, 'values')).flat() as Values<T>;
  }

  /**
   * Sets keys, all of them or none: `mset({ a: 1, b: 2 })`, or with times to live
   * `mset([{ key: 'a', value: 1, ex: 60 }])`.
   */
  async mset(values: Record<string, unknown> | readonly MSetEntry[], options?: CallOptions): Promise<'OK'> {
    const call = check('mset', arguments);
    const entries = checkEntries(values);
    return entries.length > 0 ? this.#field('mset', { entries }, 'result', call) : 'OK';
  }

  /** Returns how many of the keys exist; a key that is given twice counts twice. See {@link KV.mget} for many keys. */
  async exists(...keys: Keys): Promise<number> {
    return sum(await this.#batches('exists', keys, 'exists'));
  }

  /** Returns the names of keys that match a glob pattern as in Redis. If there may be many, use {@link KV.scan}. */
  async keys(pattern: string, options?: CallOptions): Promise<string[]> {
    return this.#field('keys', { pattern }, 'keys', check('keys', arguments));
  }

  /**
   * Iterates over the names of keys, page by page: all, or those that match a pattern, `scan('session:*')`. A key that
   * exists all the time is returned at least once, and perhaps twice.
   *
   * @example
   * ```ts
   * for await (const key of kv.scan({ match: 'session:*' })) console.log(key);
   * ```
   */
  async *scan(options?: ScanOptions | string): AsyncGenerator<string, void, undefined> {
    const given = check<ScanOptions>('scan', typeof options === 'string' ? [{ match: options }, ...[...arguments].slice(1)] : arguments);
    let cursor: string | null = null;
    do {
      const page: ScanPage = await this.#page({ ...given, cursor });
      yield* page.keys;
      cursor = page.cursor;
    } while (cursor !== null);
  }

  /**
   * Returns one page of the names of keys, and the cursor of the next: for a list with a button for more, whose next
   * page is another request.
   */
  async scanPage(options?: ScanPageOptions): Promise<ScanPage> {
    return this.#page(check('scanPage', arguments));
  }

  async #page({ match: pattern, count: limit, cursor, ...call }: ScanPageOptions): Promise<ScanPage> {
    const { answer } = await this.#call('scan', { pattern, limit, cursor: cursor ?? undefined }, 'keys', call);
    return { keys: answer.keys, cursor: answer.cursor ?? null };
  }

  /** Makes a call with many keys, in requests with as many as one may have. They share the time of the call. */
  async #batches<O extends 'del' | 'mget' | 'exists', F extends keyof Answer<O> & string>(
    op: O,
    args: Keys,
    field: F,
  ): Promise<Answer<O>[F][]> {
    const [keys, options] = checkKeys(op, args);
    const limit = options.timeout ?? (await this.#target()).timeout;
    const start = Date.now();
    const answers: Answer<O>[F][] = [];
    for (let i = 0; i < keys.length; i += most) {
      const timeout = limit && Math.max(limit - (Date.now() - start), 1);
      answers.push(await this.#field(op, { keys: keys.slice(i, i + most) } as Sent<O>, field, { ...options, timeout }));
    }
    return answers;
  }

  async #field<O extends Op, F extends keyof Answer<O> & string>(
    op: O,
    body: Sent<O>,
    field: F,
    options: CallOptions,
  ): Promise<Answer<O>[F]> {
    return (await this.#call(op, body, field, options)).answer[field];
  }

  async #call<O extends Op>(op: O, body: Sent<O>, field: keyof Answer<O> & string, options: CallOptions) {
    return send(await this.#target(), op, body, field, options);
  }

  async #target(): Promise<Target> {
    try {
      return (this.#found ??= resolve(this.#config));
    } catch (error) {
      await notInBuild();
      throw error;
    }
  }
}

/** A request before it is written as JSON, which omits undefined fields. */
type Sent<O extends Op> = { [F in keyof Request<O>]: Request<O>[F] | undefined };

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
