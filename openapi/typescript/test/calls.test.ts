// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKVClient } from '@temps-sdk/kv';
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
