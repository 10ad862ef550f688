// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { KVError } from '@temps-sdk/kv';
import type { KV, MSetEntry, SetOptions } from '@temps-sdk/kv';
import { rough } from './faults.js';

const way = await rough();
/** A client that takes what the compiler would refuse, as it comes from JavaScript. */
const kv = way.kv as unknown as { [name in keyof KV]: (...args: unknown[]) => Promise<unknown> };
const scanned = (...args: unknown[]) => (kv.scan(...args) as unknown as AsyncGenerator<string>).next();

afterEach(() => {
  way.came = 0;
});

/** Checks that a call is rejected before anything is sent, and says so. */
async function refused(call: () => Promise<unknown>, detail: RegExp): Promise<void> {
  const error: unknown = await call().then(
    (value) => assert.fail(`${call} is answered ${JSON.stringify(value)}, not refused with ${detail}`),
    (e: unknown) => e,
  );
  assert.ok(error instanceof KVError, `${call}: ${error}`);
  assert.equal(error.code, 'INVALID_ARGUMENT', `${call}`);
  assert.match(error.detail, detail, `${call}`);
  assert.equal(error.outcome, undefined);
  assert.equal(way.came, 0, `${call} is sent`);
}

test('an option that another client has is refused, and the right spelling is named', async () => {
  const spellings: [unknown, RegExp][] = [
    [{ NX: true }, /set.* no option "NX".* nx\b/],
    [{ nx: true, EX: 30 }, /"EX".* ex\b/],
    [{ Ex: 30 }, /"Ex".* ex\b/],
    [{ keepTtl: true }, /"keepTtl".* keepttl\b/],
    [{ keepTTL: true }, /"keepTTL".* keepttl\b/],
    [{ keep_ttl: true }, /"keep_ttl".* keepttl\b/],
    [{ TTL: 60 }, /"TTL".* ex\b/],
    [{ exp: 60 }, /"exp".* ex\b/],
    [{ expire: 60 }, /"expire".* ex\b/],
    [{ expiry: 60 }, /"expiry".* ex\b/],
    [{ expiresIn: 60 }, /"expiresIn".* ex\b/],
    [{ expirationTtl: 60 }, /"expirationTtl".* ex\b/],
    [{ expiration_ttl: 60 }, /"expiration_ttl".* ex\b/],
    [{ maxAge: 60 }, /"maxAge".* ex\b/],
    [{ expireIn: 60_000 }, /"expireIn".* px\b/],
    [{ ifNotExists: true }, /"ifNotExists".* nx\b/],
    [{ exat: 2_000_000_000 }, /"exat".*point in time.* ex\b/],
    [{ exAt: 2_000_000_000 }, /"exAt".*point in time.* ex\b/],
    [{ pxat: 2_000_000_000_000 }, /"pxat".*point in time.* ex\b/],
    [{ expireAt: new Date() }, /"expireAt".*point in time.* ex\b/],
    [{ expiration: 2_000_000_000 }, /"expiration".*point in time.* ex\b/],
    [{ get: true }, /"get".*old value/],
    [{ GET: true }, /"GET".*old value/],
    [{ condition: 'NX' }, /set.* no option "condition".*ex, px, ttl, keepttl, nx, xx, signal, timeout, retries, idempotency/],
    [{ abortSignal: AbortSignal.abort() }, /"abortSignal".* signal\b/],
    [{ timeoutMs: 5 }, /"timeoutMs".* timeout\b/],
    [{ retry: 5 }, /"retry".* retries\b/],
  ];
  for (const [options, detail] of spellings) await refused(() => kv.set('lock', 'A', options), detail);
  await refused(() => kv.incr('k', 1, { EX: 60 }), /incr.*"EX".* ex\b/);
  await refused(() => kv.incr('k', 1, { nx: true }), /incr has no option "nx"/);
  await refused(() => kv.incr('k', 1, { by: 5 }), /"by".*second argument/);
  await refused(() => kv.decr('k', 1, { Px: 60 }), /decr.*"Px".* px\b/);
  await refused(() => kv.get('k', { ex: 60 }), /get has no option "ex"/);
  await refused(() => kv.expire('k', 60, { nx: true }), /expire has no option "nx"/);
  await refused(() => kv.mset({ a: 1 }, { ex: 60 }), /mset has no option "ex"/);
  await refused(() => kv.mset([{ key: 'a', value: 1, EX: 60 }]), /"EX".* ex\b/);
  await refused(() => kv.mset([{ key: 'a', value: 1, nx: true }]), /"nx"/);
  await refused(() => scanned({ pattern: 'tmp:*' }), /scan.*"pattern".* match\b/);
  await refused(() => scanned({ prefix: 'tmp:' }), /scan.*"prefix".* match\b/);
  await refused(() => scanned({ MATCH: 'tmp:*' }), /scan.*"MATCH".* match\b/);
  await refused(() => scanned({ limit: 10 }), /scan.*"limit".* count\b/);
  await refused(() => scanned({ match: 'a*', count: 10, type: 'string' }), /scan.*"type".*type/);
  await refused(() => scanned({ cursor: 'x' }), /scan.*"cursor".*scanPage/);
});

test('options in another place are refused', async () => {
  await refused(() => kv.set('k', 'v', 60), /set.*\{ ex: 60 \}/);
  await refused(() => kv.set('k', 'v', 'EX', 60), /set.*\{ ex: 60 \}/);
  await refused(() => kv.set('k', 'v', undefined, 60), /set.*3 arguments/);
  await refused(() => kv.set('k', 'v', { ex: 60 }, { nx: true }), /set.*3 arguments/);
  await refused(() => kv.set('k', 'v', [60]), /set.*\{ ex: 60 \}/);
  await refused(() => kv.set('k', 'v', true), /set.*\{ ex: 60 \}/);
  await refused(() => kv.set('k', 'v', null), /set.*null/);
  await refused(() => kv.set('k', 'v', new Map([['ex', 60]])), /set.*Map/);
  await refused(() => kv.incr('k', 1, 60), /incr.*\{ ex: 60 \}/);
  await refused(() => kv.incr('k', { ex: 60 }), /amount of incr.*\{ ex: 60 \}/);
  await refused(() => kv.expire('k', 60, 'NX'), /expire/);
  for (const name of ['get', 'getRaw', 'ttl', 'persist', 'keys'] as const) {
    await refused(() => kv[name]('a', null), new RegExp(`${name}.*null`));
    await refused(() => kv[name]('a', 'b'), new RegExp(name));
    await refused(() => kv[name]('a', {}, {}), new RegExp(`${name}.*2 arguments`));
  }
  await refused(() => kv.mset({ a: 1 }, null), /mset.*null/);
  await refused(() => kv.mset('a', 1), /mset/);
  await refused(() => kv.mset(new Map([['a', 1]])), /mset.*Map/);
  await refused(() => kv.mset(null), /mset.*null/);
  await refused(() => kv.mset(), /mset.*undefined/);
  await refused(() => kv.mset([['a', 1]]), /mset/);
  for (const name of ['mget', 'del', 'exists'] as const) {
    await refused(() => kv[name]('a', { timeout: 5 }), new RegExp(`${name}.*after a list`));
    await refused(() => kv[name](['a'], 'b'), new RegExp(name));
    await refused(() => kv[name](['a'], null), new RegExp(`${name}.*null`));
    await refused(() => kv[name](['a'], {}, {}), new RegExp(`${name}.*2 arguments`));
    await refused(() => kv[name]('a', ['b']), new RegExp(name));
    await refused(() => kv[name](new Set(['a'])), new RegExp(`${name}.*Set`));
    await refused(() => kv[name](undefined), new RegExp(`${name}.*undefined`));
    await refused(() => kv[name]('a', undefined), new RegExp(`${name}.*undefined`));
    await refused(() => kv[name](null), new RegExp(`${name}.*null`));
    await refused(() => kv[name](['a', 1]), new RegExp(`${name}.*number`));
  }
  await refused(() => scanned(0, { match: 'a*' }), /scan.*scanPage/);
  await refused(() => scanned('0', { match: 'a*' }), /scan.*1 argument/);
  await refused(() => scanned(null), /scan.*null/);
});

test('arguments and options of another type are refused, and not shown', async () => {
  for (const key of [undefined, null, 7, ['a'], { key: 'a' }, Symbol('a'), 1n]) {
    for (const name of ['get', 'getRaw', 'set', 'incr', 'decr', 'expire', 'ttl', 'persist'] as const) {
      await refused(() => kv[name](key, 1), new RegExp(`key of ${name} must be a string`));
    }
  }
  await refused(() => kv.keys(), /pattern of keys must be a string/);
  for (const n of [NaN, Infinity, 1.5, '60', null, 1n, true, new Date(), [60], 2 ** 53]) {
    for (const name of ['ex', 'px', 'ttl']) await refused(() => kv.set('k', 1, { [name]: n }), new RegExp(`${name} of set must be an integer`));
    await refused(() => kv.incr('k', 1, { ex: n }), /ex of incr must be an integer/);
    await refused(() => kv.mset([{ key: 'a', value: 1, ex: n }]), /ex of .*mset must be an integer/);
    await refused(() => kv.expire('k', n), /seconds of expire must be an integer/);
    await refused(() => kv.incr('k', n), /amount of incr must be an integer/);
    await refused(() => kv.decr('k', n), /amount of decr must be an integer/);
    await refused(() => scanned({ count: n }), /count of scan must be an integer/);
  }
  await refused(() => kv.expire('k'), /seconds of expire must be an integer.* and is undefined/);
  for (const flag of ['true', 1, 0, null, 'NX', {}]) {
    for (const name of ['nx', 'xx', 'keepttl']) await refused(() => kv.set('k', 1, { [name]: flag }), new RegExp(`${name} of set must be true or false`));
  }
  await refused(() => scanned({ match: /a/ }), /match of scan must be a string/);
  for (const timeout of ['5', NaN, -1, null]) await refused(() => kv.get('k', { timeout }), /timeout of get must be/);
  for (const retries of ['5', NaN, -1, 1.5, null]) await refused(() => kv.get('k', { retries }), /retries of get must be/);
  await refused(() => kv.get('k', { idempotency: 'no' }), /idempotency of get must be/);
  for (const signal of [{}, null, new AbortController()]) await refused(() => kv.get('k', { signal }), /signal of get must be/);
  await refused(() => kv.set('k', 1, { ex: 60, ttl: 60 }), /both ex and ttl/);
  await refused(() => kv.set('k', 1, { ex: 'hunter2' }), /^((?!hunter2).)*$/);
});

test('ttl is taken as ex', async () => {
  await kv.set('ttl', 1, { ttl: 100 });
  assert.equal(await kv.ttl('ttl'), 100);
  await kv.incr('ttl:n', 1, { ttl: 100 });
  assert.equal(await kv.ttl('ttl:n'), 100);
  await kv.mset([{ key: 'ttl:m', value: 1, ttl: 100 }]);
  assert.equal(await kv.ttl('ttl:m'), 100);
});

test('options that are undefined or false are as if they were not there', async () => {
  assert.equal(await kv.set('no', 1, undefined), 'OK');
  const none = { ex: undefined, px: undefined, ttl: undefined, nx: false, xx: false, keepttl: undefined, signal: undefined, timeout: undefined };
  assert.equal(await kv.set('no', 1, none), 'OK');
  assert.equal(await kv.incr('no', undefined, { ex: undefined }), 2);
  assert.equal(await kv.set('no', 1, Object.create(null)), 'OK');
});

test('scan takes a pattern as it takes match', async () => {
  await kv.mset({ 'tmp:1': 1, 'other:1': 1 });
  const found: string[] = [];
  for await (const key of way.kv.scan('tmp:*')) found.push(key);
  assert.deepEqual(found, ['tmp:1']);
});

class Point {
  x = 1;
  #hidden = 2;
  sum() {
    return this.x + this.#hidden;
  }
}
class Hidden {
  #hidden = 2;
  read() {
    return this.#hidden;
  }
}

test('a value that would be stored as another is refused', async () => {
  const cycle: { self?: unknown } = {};
  cycle.self = { cycle };
  const values: [unknown, RegExp][] = [
    [undefined, /undefined/],
    [NaN, /NaN/],
    [Infinity, /Infinity/],
    [-Infinity, /-Infinity/],
    [1n, /bigint/],
    [() => 1, /function/],
    [Symbol('a'), /symbol/],
    [new Map([['a', 1]]), /Map/],
    [new Set([1]), /Set/],
    [new WeakMap(), /WeakMap/],
    [new Error('gone'), /Error/],
    [/a/, /RegExp/],
    [Promise.resolve(1), /Promise/],
    [new Uint8Array(2), /Uint8Array/],
    [new ArrayBuffer(2), /ArrayBuffer/],
    [new DataView(new ArrayBuffer(2)), /DataView/],
    [new URLSearchParams('a=1'), /URLSearchParams/],
    [new Headers(), /Headers/],
    [new Hidden(), /Hidden/],
    [new Date(NaN), /Date/],
    [[1, , 2], /undefined/],
    [cycle, /cycle/],
    [{ toJSON: () => undefined }, /undefined/],
    [{ toJSON: () => new Map() }, /Map/],
    [{ toJSON() { throw new Error('no'); } }, /JSON/],
    [new Number(NaN), /NaN/],
  ];
  for (const [value, detail] of values) {
    await refused(() => kv.set('k', value), detail);
    await refused(() => kv.set('k', { in: { side: value } }), detail);
    await refused(() => kv.set('k', [[value]]), detail);
    await refused(() => kv.mset({ k: value }), detail);
    await refused(() => kv.mset([{ key: 'k', value: { side: value } }]), detail);
  }
  await refused(() => kv.set('k', { user: { age: NaN } }), /age.*NaN/);
  await refused(() => kv.mset([{ key: 'k' }]), /value/);
  await refused(() => kv.mset([{ value: 1 }]), /key/);
  assert.equal(await kv.exists('k'), 0);
});

test('a value that JSON holds is stored, whatever it is made of', async () => {
  const shared = { a: 1 };
  const date = new Date(0);
  const values: [unknown, unknown][] = [
    [date, '1970-01-01T00:00:00.000Z'],
    [{ at: date }, { at: '1970-01-01T00:00:00.000Z' }],
    [new Point(), { x: 1 }],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [new URL('https://example.com/'), 'https://example.com/'],
    [{ toJSON: () => ({ a: [1] }) }, { a: [1] }],
    [{ toJSON: () => null }, null],
    [[shared, shared], [shared, shared]],
    [new String('a'), 'a'],
    [new Number(1), 1],
    [-0, 0],
    [{ __proto__: null, '': { '': 1 } }, { '': { '': 1 } }],
    [Buffer.from('a'), { type: 'Buffer', data: [97] }],
    [{}, {}],
    ['NaN', 'NaN'],
  ];
  for (const [value, want] of values) {
    assert.equal(await kv.set('k', value), 'OK');
    assert.deepEqual(await kv.get('k'), want);
  }
});

test('the compiler refuses what excludes each other', () => {
  const fine: SetOptions[] = [{ ex: 1, nx: true }, { px: 1, xx: true }, { keepttl: true }, { ttl: 1 }, { timeout: 1 }, {}];
  // @ts-expect-error two times to live
  fine.push({ ex: 1, px: 1 });
  // @ts-expect-error two times to live
  fine.push({ ex: 1, keepttl: true });
  // @ts-expect-error two times to live
  fine.push({ ex: 1, ttl: 1 });
  // @ts-expect-error only if it is there and only if it is not
  fine.push({ nx: true, xx: true });
  // @ts-expect-error another spelling
  fine.push({ EX: 1 });
  // @ts-expect-error a number
  fine.push({ ex: '1' });
  const entries: MSetEntry[] = [{ key: 'a', value: 1, ex: 1 }, { key: 'a', value: 1 }];
  // @ts-expect-error two times to live
  entries.push({ key: 'a', value: 1, ex: 1, px: 1 });
  const options: SetOptions = {};
  options.ex = 1;
  // @ts-expect-error two times to live
  void (() => way.kv.incr('n', 1, { ex: 1, px: 1 }));
  // @ts-expect-error not an option of get
  void (() => way.kv.get('n', { ex: 1 }));
});
