// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKVClient, KV } from '@temps-sdk/kv';
import type { ScanPage } from '@temps-sdk/kv';
import { serve } from './server.js';

const server = await serve();
const kv = createKVClient({ baseUrl: server.url, token: server.token });

interface User {
  name: string;
  role: string;
}

/** Finds a time to live in seconds as it was set, but for what has passed since on a busy machine. */
async function near(key: string, seconds: number): Promise<void> {
  const ttl = await kv.ttl(key);
  assert.ok(ttl <= seconds && ttl > seconds - 60, `${key} has ${ttl} s, not ${seconds}`);
}

test('the example of the product page', async () => {
  assert.equal(await kv.set('user:123', { name: 'Alice', role: 'admin' }, { ex: 3600 }), 'OK');
  const user: User | null = await kv.get<User>('user:123');
  assert.deepEqual(user, { name: 'Alice', role: 'admin' });
  assert.equal(await kv.incr('page:views'), 1);
  assert.equal(await kv.del(['user:123']), 1);
  assert.equal(await kv.set('session:1', 1), 'OK');
  assert.deepEqual(await kv.keys('session:*'), ['session:1']);
});

test('methods can be taken off the client, also off that of a class that extends it', async () => {
  class Prefixed extends KV {
    override async get<T>(key: string): Promise<T | null> {
      return super.get<T>(`prefix:${key}`);
    }
  }
  const { get, set, scan } = kv;
  assert.equal(await set('prefix:taken', 1), 'OK');
  assert.equal(await get('prefix:taken'), 1);
  assert.deepEqual(await scan('prefix:*').next(), { value: 'prefix:taken', done: false });
  const { get: prefixed, ttl } = new Prefixed({ baseUrl: server.url, token: server.token });
  assert.equal(await prefixed('taken'), 1);
  assert.equal(await ttl('prefix:taken'), -1);
  assert.deepEqual(Object.keys(kv), []);
});

test('get returns any value as it was set, and null without one', async () => {
  for (const value of ['text', '', 'é\u0000\ud83d\ude00"\\', 0, -1.5, true, false, null, [], {}, [1, [2]], { a: { b: null } }]) {
    await kv.set('any', value);
    assert.deepEqual(await kv.get('any'), value);
  }
  assert.equal(await kv.get('nothing'), null);
});

test('get has the type that it is given', async () => {
  await kv.set('user', { name: 'Alice', role: 'admin' });
  const unknown = await kv.get('user');
  // @ts-expect-error nothing is known of a value without a type
  assert.equal(unknown.name, 'Alice');
  const known = await kv.get<User>('user');
  // @ts-expect-error null is possible
  assert.equal(known.name, 'Alice');
  assert.equal(known?.role, 'admin');
});

test('getRaw returns the text that is stored', async () => {
  await send('set', '{"key":"raw","value":{"n":9223372036854775807,"s":"}:\\u0022","f":1.0}}');
  assert.equal(await kv.getRaw('raw'), '{"n":9223372036854775807,"s":"}:\\u0022","f":1.0}');
  await send('set', '{"key":"raw","value":12345678901234567890}');
  assert.equal(await kv.getRaw('raw'), '12345678901234567890');
  assert.equal(await kv.getRaw('nothing'), null);
  await kv.set('raw', 'null');
  assert.equal(await kv.getRaw('raw'), '"null"');
});

// send makes a call as text, with what no number of JavaScript can hold.
async function send(op: string, body: string): Promise<void> {
  const headers = { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${server.url}/api/kv/${op}`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

test('set takes each of its options', async () => {
  assert.equal(await kv.set('s', 1, { xx: true }), null);
  assert.equal(await kv.set('s', 1, { nx: true }), 'OK');
  assert.equal(await kv.set('s', 2, { nx: true }), null);
  assert.equal(await kv.get('s'), 1);
  assert.equal(await kv.set('s', 2, { xx: true, ex: 100 }), 'OK');
  await near('s', 100);
  assert.equal(await kv.set('s', 3, { keepttl: true }), 'OK');
  await near('s', 100);
  assert.equal(await kv.set('s', 4, { px: 900_000 }), 'OK');
  await near('s', 900);
  assert.equal(await kv.set('s', 5), 'OK');
  assert.equal(await kv.ttl('s'), -1);
});

test('del, exists and mget take keys one by one and as a list', async () => {
  await kv.mset({ a: 1, b: 2 });
  assert.equal(await kv.exists('a', 'b', 'b', 'nothing'), 3);
  assert.equal(await kv.exists(['a', 'nothing']), 1);
  const values: (number | null)[] = await kv.mget<number>('b', 'nothing', 'a');
  assert.deepEqual(values, [2, null, 1]);
  assert.deepEqual(await kv.mget(['a'], { timeout: 60_000 }), [1]);
  assert.equal(await kv.del('a', 'a', 'nothing'), 1);
  assert.equal(await kv.del(['b'], { timeout: 60_000 }), 1);
});

test('mget has types by position', async () => {
  await kv.mset({ 't:1': { name: 'Alice', role: 'admin' }, 't:2': 2 });
  const [user, n] = await kv.mget<[User, number]>('t:1', 't:2');
  const name: string | undefined = user?.name;
  const two: number | null = n;
  assert.deepEqual([name, two], ['Alice', 2]);
  const [, m] = await kv.mget<[User, number]>(['t:1', 't:2'], { timeout: 60_000 });
  // @ts-expect-error it may be null
  const sum: number = m + 1;
  assert.equal(sum, 3);
  const lists: (string[] | null)[] = await kv.mget<string[]>('nothing');
  const any: any[] = await kv.mget<any>('nothing');
  const unknown: unknown[] = await kv.mget('nothing');
  assert.deepEqual([lists, any, unknown], [[null], [null], [null]]);
});

test('nothing is asked for no keys', async () => {
  const never = createKVClient({ baseUrl: server.url, token: server.token, fetch: () => assert.fail('it is sent') });
  assert.deepEqual([await never.mget([]), await never.mget(), await never.del([]), await never.del(), await never.exists([])], [[], [], 0, 0, 0]);
  assert.equal(await never.mset({}), 'OK');
  assert.equal(await never.mset([]), 'OK');
});

test('more than 1,000 keys are sent in several requests', async () => {
  const sizes: number[] = [];
  const counting: typeof fetch = (to, init) => {
    sizes.push(JSON.parse(String(init?.body)).keys.length);
    return fetch(to, init);
  };
  const client = createKVClient({ baseUrl: server.url, token: server.token, fetch: counting });
  const names = Array.from({ length: 2001 }, (_, i) => `many:${i}`);
  for (const i of [0, 999, 1000, 2000]) await kv.set(names[i]!, i);
  const values = await client.mget<number>(names);
  assert.equal(values.length, 2001);
  assert.deepEqual(values.flatMap((value, i) => (value === null ? [] : [[i, value]])), [[0, 0], [999, 999], [1000, 1000], [2000, 2000]]);
  assert.equal(await client.exists(...names), 4);
  assert.equal(await client.del(names, { timeout: 60_000 }), 4);
  assert.deepEqual(sizes, [1000, 1000, 1, 1000, 1000, 1, 1000, 1000, 1]);
});

test('the time of a call is for all its requests', async () => {
  let sent = 0;
  const slow: typeof fetch = async (_, init) => {
    if (sent++ > 0) return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    return new Response('{"values":[]}');
  };
  const client = createKVClient({ baseUrl: server.url, token: server.token, fetch: slow, timeout: 0 });
  const names = Array.from({ length: 3000 }, (_, i) => `slow:${i}`);
  await assert.rejects(client.mget(names, { timeout: 1000 }), { code: 'TIMEOUT' });
  assert.equal(sent, 2);
});

test('incr and decr count', async () => {
  assert.equal(await kv.incr('n'), 1);
  assert.equal(await kv.incr('n', 5), 6);
  assert.equal(await kv.decr('n'), 5);
  assert.equal(await kv.decr('n', 10), -5);
  assert.equal(await kv.incr('n', 0), -5);
  assert.equal(await kv.incr('m', 2, { ex: 100 }), 2);
  assert.equal(await kv.incr('m', 2, { ex: 900 }), 4);
  await near('m', 100);
  assert.equal(await kv.decr('l', 1, { px: 700_000 }), -1);
  await near('l', 700);
});

test('expire, ttl and persist', async () => {
  assert.equal(await kv.expire('e', 100), 0);
  assert.equal(await kv.ttl('e'), -2);
  assert.equal(await kv.persist('e'), 0);
  await kv.set('e', 1);
  assert.equal(await kv.ttl('e'), -1);
  const changed: 1 | 0 = await kv.expire('e', 100);
  assert.equal(changed, 1);
  await near('e', 100);
  assert.equal(await kv.persist('e'), 1);
  assert.equal(await kv.persist('e'), 0);
  assert.equal(await kv.expire('e', 0), 1);
  assert.equal(await kv.exists('e'), 0);
});

test('mset takes an object and entries', async () => {
  assert.equal(await kv.mset({ 'o:1': { deep: [1] }, 'o:2': null }), 'OK');
  assert.deepEqual(await kv.mget('o:1', 'o:2'), [{ deep: [1] }, null]);
  assert.equal(await kv.mset([{ key: 'o:1', value: 'x', ex: 100 }, { key: 'o:2', value: 'y' }]), 'OK');
  assert.deepEqual(await kv.mget('o:1', 'o:2'), ['x', 'y']);
  await near('o:1', 100);
  assert.equal(await kv.ttl('o:2'), -1);
});

test('scan goes through every page', async () => {
  const want = Array.from({ length: 250 }, (_, i) => `scan:${i}`).sort();
  await kv.mset(Object.fromEntries(want.map((key) => [key, 1])));
  const found = new Set<string>();
  for await (const key of kv.scan({ match: 'scan:*', count: 20 })) found.add(key);
  assert.deepEqual([...found].sort(), want);
  for await (const key of kv.scan()) found.add(key);
  assert.ok(found.size > want.length, 'without a pattern, every key matches');
});

test('scanPage returns a page, and its cursor works in another client', async () => {
  const found = new Set<string>();
  let cursor: string | null = null;
  let pages = 0;
  do {
    const client: KV = createKVClient({ baseUrl: server.url, token: server.token });
    const page: ScanPage = await client.scanPage({ match: 'scan:*', count: 20, cursor });
    page.keys.forEach((key) => found.add(key));
    cursor = page.cursor;
    pages++;
  } while (cursor !== null);
  assert.equal(found.size, 250);
  assert.ok(pages > 1);
  assert.equal((await kv.scanPage({ match: 'nothing:*', count: 1000 })).keys.length, 0);
  await assert.rejects(kv.scanPage({ cursor: 'odd' }), { status: 422 });
});

test('scan can be left early, and ends with its signal', async () => {
  for await (const key of kv.scan({ match: 'scan:*', count: 1 })) {
    assert.match(key, /^scan:/);
    break;
  }
  const controller = new AbortController();
  const reads = async () => {
    for await (const _ of kv.scan({ match: 'scan:*', count: 1, signal: controller.signal })) controller.abort();
  };
  await assert.rejects(reads, { name: 'KVError', code: 'ABORTED' });
});

test('an API key names its project', async () => {
  const admin = createKVClient({ baseUrl: server.url, token: server.admin, projectId: 1 });
  await admin.set('mine', 1);
  assert.equal(await kv.get('mine'), 1);
  const none = createKVClient({ baseUrl: server.url, token: server.admin });
  await assert.rejects(none.get('mine'), { status: 400, code: 'project_id_required' });
  const other = createKVClient({ baseUrl: server.url, token: server.admin, projectId: 77 });
  await assert.rejects(other.get('mine'), { status: 404, code: 'project_not_found' });
});
