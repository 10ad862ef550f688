// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, test } from 'node:test';
import { KVError } from '@temps-sdk/kv';
import type { KV } from '@temps-sdk/kv';
import { cut, cutAfter, cutInside, json, page, pageAfter, rough, silence } from './faults.js';
import type { Fault } from './faults.js';

const way = await rough();
const { kv } = way;
const other = way.direct;

beforeEach(() => {
  way.faults = [];
  way.keys = [];
  way.came = way.reached = 0;
});

const reads: Record<string, (kv: KV) => Promise<unknown>> = {
  get: (kv) => kv.get('k'),
  getRaw: (kv) => kv.getRaw('k'),
  mget: (kv) => kv.mget('k'),
  exists: (kv) => kv.exists('k'),
  ttl: (kv) => kv.ttl('k'),
  keys: (kv) => kv.keys('k'),
  scan: (kv) => kv.scan().next(),
};
const changes = {
  set: (kv: KV) => kv.set('k', 1),
  'set nx': (kv: KV) => kv.set('k', 1, { nx: true }),
  del: (kv: KV) => kv.del('k'),
  incr: (kv: KV) => kv.incr('n'),
  decr: (kv: KV) => kv.decr('n'),
  mset: (kv: KV) => kv.mset({ k: 1 }),
};
/** Without an Idempotency-Key. */
const others = {
  expire: (kv: KV) => kv.expire('k', 100),
  persist: (kv: KV) => kv.persist('k'),
};
const writes: Record<string, (kv: KV) => Promise<unknown>> = { ...changes, ...others };
const unavailable = json(503, { status: 503, code: 'kv_unavailable', title: 'KV Unavailable', detail: 'Try again.' });

for (const [name, call] of Object.entries({ ...reads, ...writes })) {
  test(`${name} goes again after 429 and 503`, async () => {
    way.faults = [page(429), unavailable, cutInside(503)];
    await call(kv);
    assert.deepEqual([way.came, way.reached], [4, 1]);
  });
}

const open: Record<string, Fault> = { cut, 'cut inside': cutInside(200), 502: page(502), 504: page(504) };

for (const [name, call] of Object.entries({ ...reads, ...others })) {
  test(`${name} goes again after what leaves open what happened`, async () => {
    for (const fault of Object.values(open)) {
      way.faults = [fault];
      way.came = way.reached = 0;
      await call(kv);
      assert.deepEqual([way.came, way.reached], [2, 1]);
    }
  });
}

for (const [name, call] of Object.entries(changes)) {
  test(`${name} goes again after what leaves open what happened, under the same key`, async () => {
    for (const fault of [...Object.values(open), cutAfter, pageAfter(502), pageAfter(504)]) {
      way.faults = [fault, fault];
      way.keys = [];
      await call(kv);
      assert.equal(way.keys.length, 3);
      assert.match(way.keys[0] ?? '', /^[\w-]{20,60}$/);
      assert.equal(new Set(way.keys).size, 1);
    }
  });
}

test('the server does once what it was asked for three times', async () => {
  await kv.del('n', 'lock', 'list');
  for (const fault of [cutAfter, pageAfter(502), pageAfter(504)]) {
    const before = (await kv.get<number>('n')) ?? 0;
    way.faults = [fault, fault];
    way.reached = 0;
    assert.equal(await kv.incr('n', 5), before + 5);
    assert.deepEqual([way.reached, await kv.get('n')], [3, before + 5]);

    way.faults = [fault];
    assert.equal(await kv.set('lock', 'mine', { nx: true }), 'OK'); // the second alone would find it there
    way.faults = [fault];
    assert.equal(await kv.set('lock', 'other', { nx: true }), null);
    way.faults = [fault];
    assert.equal(await kv.del('lock', 'nothing'), 1);

    // Changes by others in between are kept.
    way.faults = [(response, reach) => fault(response, () => reach().then(() => other.set('list', 'theirs')))];
    await kv.mset({ list: 'mine' });
    assert.equal(await kv.get('list'), 'theirs');
  }
});

test('each call has its own key, and reads, expire and persist have none', async () => {
  for (const call of Object.values(changes)) await call(kv);
  assert.equal(new Set(way.keys).size, Object.keys(changes).length);
  way.keys = [];
  for (const call of [...Object.values(reads), ...Object.values(others)]) await call(kv);
  assert.deepEqual(new Set(way.keys), new Set([undefined]));
});

test('without crypto keys differ too', async () => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
  try {
    for (let i = 0; i < 100; i++) await kv.incr('n');
  } finally {
    if (crypto) Object.defineProperty(globalThis, 'crypto', crypto);
    else Reflect.deleteProperty(globalThis, 'crypto');
  }
  assert.equal(new Set(way.keys).size, 100);
  for (const key of way.keys) assert.match(key ?? '', /^\w{20,60}$/);
});

test('what lies in several slots of a Redis Cluster goes without a key, and is not sent twice then', async () => {
  const slots = json(422, { code: 'many_slots', title: 'Many Slots', detail: 'd' });
  way.faults = [slots];
  assert.equal(await kv.mset({ a: 1, b: 2 }), 'OK');
  assert.deepEqual([way.came, way.keys[1]], [2, undefined]);
  way.faults = [slots, cut];
  way.came = 0;
  const error = await refused(kv.del('a', 'b'));
  assert.deepEqual([way.came, error.outcome], [2, 'unknown']);
});

const unkeyed: Record<string, () => Promise<unknown>> = {};
for (const [name, call] of Object.entries(changes)) unkeyed[name] = () => call(way.client({ idempotency: false }));
unkeyed['expire that deletes'] = () => kv.expire('k', 0);

for (const [name, call] of Object.entries(unkeyed)) {
  test(`${name} is not sent twice where the first may have been applied, without a key`, async () => {
    for (const [what, fault] of Object.entries(open)) {
      way.faults = [fault];
      way.came = way.reached = 0;
      const error = await refused(call());
      assert.deepEqual([way.came, way.reached], [1, 0], what);
      assert.equal(error.outcome, 'unknown');
      if (what.startsWith('cut')) assert.deepEqual([error.code, error.status], ['NETWORK_ERROR', 0]);
      else assert.equal(error.status, Number(what));
    }
  });
}

async function refused(call: Promise<unknown>): Promise<KVError> {
  const error = await call.then(
    (value) => assert.fail(`it is answered ${JSON.stringify(value)}`),
    (e: unknown) => e,
  );
  assert.ok(error instanceof KVError, String(error));
  assert.ok(error instanceof Error && error.name === 'KVError');
  assert.ok(error.message.startsWith(`${error.title}: ${error.detail}`));
  return error;
}

test('what no repetition mends is not repeated', async () => {
  for (const status of [400, 401, 403, 404, 409, 413, 422, 500, 501, 507]) {
    way.faults = [page(status)];
    way.came = 0;
    assert.equal((await refused(kv.get('k'))).status, status);
    assert.equal(way.came, 1, `${status}`);
  }
});

test('repetition ends after retries', async () => {
  way.faults = Array<Fault>(9).fill(unavailable);
  assert.equal((await refused(way.client({ retries: 3 }).incr('n'))).code, 'kv_unavailable');
  assert.equal(way.came, 4);
  way.came = 0;
  assert.equal((await refused(way.client({ retries: 0 }).get('k'))).code, 'kv_unavailable');
  assert.equal(way.came, 1);
  way.came = 0;
  assert.equal((await refused(kv.get('k', { retries: 1 }))).code, 'kv_unavailable');
  assert.equal(way.came, 2);
});

test('repetition fills the time of the call', async () => {
  way.faults = Array<Fault>(99).fill(unavailable);
  const start = performance.now();
  await refused(kv.incr('n', 1, { timeout: 1500 }));
  const took = performance.now() - start;
  assert.ok(took > 1000 && way.came > 2, `${way.came} requests within ${took} ms`);
  way.faults = Array<Fault>(6).fill(unavailable); // the pauses before the seventh are 1.5 s at least
  assert.equal(typeof (await kv.incr('n')), 'number');
});

test('what an administrator has to mend is not waited for', async () => {
  for (const code of ['kv_disabled', 'storage_full']) {
    way.faults = [json(503, { code, title: 'T', detail: 'd' })];
    way.came = 0;
    assert.equal((await refused(kv.get('k'))).code, code);
    assert.equal(way.came, 1);
  }
});

test('a call can be sent without an Idempotency-Key', async () => {
  await kv.incr('n', 1, { idempotency: false });
  await kv.incr('n', 1, { retries: 0 });
  await kv.set('k', 1, { idempotency: false });
  await kv.mset({ k: 1 }, { idempotency: false });
  await kv.del(['k'], { idempotency: false });
  assert.deepEqual(new Set(way.keys), new Set([undefined]));
  const without = way.client({ idempotency: false });
  await without.incr('n', 1, { idempotency: true });
  assert.match(way.keys.at(-1) ?? '', /^[\w-]{20,60}$/);
});

test('what may have been applied stays unknown, whatever comes after', async () => {
  way.faults = [cutAfter, ...Array<Fault>(99).fill(unavailable)];
  const error = await refused(kv.incr('n', 1, { retries: 3 }));
  assert.deepEqual([error.code, error.outcome], ['kv_unavailable', 'unknown']);
  way.faults = [cutAfter, ...Array<Fault>(99).fill(unavailable)];
  assert.equal((await refused(kv.get('n', { retries: 3 }))).outcome, undefined);
});

test('Retry-After in seconds and as a date is waited for', async () => {
  const inSeconds = () => '1';
  const asDate = () => new Date(Date.now() + 2000).toUTCString(); // which leaves out what a second has beyond the full one
  for (const header of [inSeconds, asDate]) {
    way.faults = [(...request) => page(429, { 'Retry-After': header() })(...request)];
    const start = performance.now();
    await kv.incr('n');
    const waited = performance.now() - start;
    assert.ok(waited > 900, `after ${header()} it waits ${waited} ms`);
  }
});

test('pauses differ', async () => {
  const pauses = new Set<number>();
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    way.faults = [page(503), page(503), page(503)];
    await kv.get('k');
    pauses.add(Math.round(performance.now() - start));
  }
  assert.ok(pauses.size > 1, `each call takes ${[...pauses].join()} ms`);
});

test('a Retry-After that is longer than the call has left is not waited for', async () => {
  way.faults = [json(429, { code: 'rate_limited', title: 'Rate Limited', detail: 'd' }, { 'Retry-After': '3600' })];
  const error = await refused(kv.get('k'));
  assert.deepEqual([error.code, error.retryAfter, way.came], ['rate_limited', 3600, 1]);
});

test('a call ends after its timeout', async () => {
  way.faults = [silence, silence];
  const error = await refused(kv.get('k', { timeout: 500 }));
  assert.deepEqual([error.code, error.status, error.outcome], ['TIMEOUT', 0, undefined]);
  const write = await refused(way.client({ timeout: 500 }).set('k', 1));
  assert.deepEqual([write.code, write.outcome], ['TIMEOUT', 'unknown']);
  assert.equal(way.reached, 0);
  way.faults = [];
  for (const timeout of [0, Infinity]) assert.equal(typeof (await kv.exists(['k'], { timeout })), 'number');
});

test('a call ends with its signal', async () => {
  const why = new Error('the user left');
  const before = AbortSignal.abort(why);
  const error = await refused(kv.set('k', 1, { signal: before }));
  assert.deepEqual([error.code, error.status, error.outcome, error.cause, way.came], ['ABORTED', 0, undefined, why, 0]);

  way.faults = [silence];
  const controller = new AbortController();
  const call = kv.incr('n', 1, { signal: controller.signal });
  while (way.came === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(why);
  const during = await refused(call);
  assert.deepEqual([during.code, during.outcome, during.cause], ['ABORTED', 'unknown', why]);
});

test('a signal ends the wait for a repetition', async () => {
  way.faults = [page(503, { 'Retry-After': '20' })];
  const controller = new AbortController();
  const call = kv.incr('n', 1, { signal: controller.signal });
  while (way.came === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  setTimeout(() => controller.abort(), 50);
  assert.equal((await refused(call)).code, 'ABORTED');
  assert.equal(way.came, 1);
});

test('nothing is left on a signal that many calls share', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: unknown[]) => (listeners++, Reflect.apply(addEventListener, signal, args));
  signal.removeEventListener = (...args: unknown[]) => (listeners--, Reflect.apply(removeEventListener, signal, args));
  for (let i = 0; i < 3; i++) await kv.get('k', { signal });
  assert.equal(listeners, 0);
});

test('answers that are not JSON are errors that say so', async () => {
  way.faults = [page(502), page(200), json(200, { other: 1 }), json(200, null), json(200, 'text')];
  const proxy = await refused(kv.persist('k', { retries: 0 }));
  assert.deepEqual([proxy.status, proxy.code, proxy.title], [502, 'UNEXPECTED_RESPONSE', 'Bad Gateway']);
  assert.match(proxy.detail, /<html>as a proxy says it/);
  for (let i = 0; i < 4; i++) {
    const error = await refused(kv.get('k'));
    assert.deepEqual([error.status, error.code], [200, 'UNEXPECTED_RESPONSE']);
  }
  assert.equal(way.came, 5);
});

test('an answer of another shape is not taken for null or 0', async () => {
  const calls: [() => Promise<unknown>, unknown, RegExp][] = [
    [() => kv.get('k'), {}, /no field "value"/],
    [() => kv.get('k'), [], /no field "value"/],
    [() => kv.get('k'), null, /no field "value"/],
    [() => kv.incr('k'), {}, /no field "value"/],
    [() => kv.incr('k'), { value: null }, /"value" should be an integer, and is null/],
    [() => kv.incr('k'), { value: '1' }, /"value" should be an integer, and is a string/],
    [() => kv.set('k', 1), { result: true }, /"result" should be "OK" or null, and is a boolean/],
    [() => kv.mset({ k: 1 }), { result: null }, /"result" should be "OK", and is null/],
    [() => kv.del('k'), { deleted: '1' }, /"deleted" should be an integer/],
    [() => kv.ttl('k'), { ttl: null }, /"ttl" should be an integer/],
    [() => kv.expire('k', 1), { success: true }, /no field "result"/],
    [() => kv.persist('k'), { result: 'yes' }, /"result" should be an integer/],
    [() => kv.exists('k'), { exists: true }, /"exists" should be an integer/],
    [() => kv.mget('k'), { values: { k: 1 } }, /"values" should be a list, and is an object/],
    [() => kv.keys('*'), { keys: [1] }, /"keys" should be a list of strings/],
    [() => kv.scan().next(), { keys: [], cursor: 7 }, /"cursor" should be a string or null, and is a number/],
  ];
  for (const [call, body, detail] of calls) {
    way.faults = [json(200, body)];
    const error = await refused(call());
    assert.deepEqual([error.status, error.code], [200, 'UNEXPECTED_RESPONSE'], JSON.stringify(body));
    assert.match(error.detail, detail);
  }
});

test('the message of an API gateway is the detail', async () => {
  way.faults = [json(403, { message: 'Forbidden by the gateway' })];
  const error = await refused(kv.get('k'));
  assert.deepEqual([error.status, error.code, error.detail], [403, 'UNEXPECTED_RESPONSE', 'Forbidden by the gateway']);
});

test('a redirect is not followed, and the error says where it leads', async () => {
  way.faults = [page(301, { Location: 'https://kv.example.com/api/kv/get' })];
  const error = await refused(kv.get('k'));
  assert.deepEqual([error.status, error.code, way.came], [301, 'UNEXPECTED_RESPONSE', 1]);
  assert.match(error.detail, /redirects to https:\/\/kv\.example\.com/);
});

test('a server that is not there is a network error, and nothing was applied', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  for (const baseUrl of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
    const gone = way.client({ baseUrl, retries: 2 });
    const calls = [...Object.values(reads), ...Object.values(writes)].map((call) => refused(call(gone)));
    for (const error of await Promise.all(calls)) {
      assert.deepEqual([error.status, error.code, error.outcome], [0, 'NETWORK_ERROR', undefined], `${baseUrl}: ${error}`);
      assert.ok(error.cause instanceof Error);
    }
  }
});

test('a call outlives a restart of the server', async () => {
  const server = createServer((_, response) => response.end('{"result":1,"success":true}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const client = way.client({ baseUrl: `http://127.0.0.1:${port}`, idempotency: false });
  const refusals: string[] = [];
  const watched = way.client({
    baseUrl: `http://127.0.0.1:${port}`,
    idempotency: false,
    fetch: (...args) => fetch(...args).catch((e) => { refusals.push(e); throw e; }),
  });
  const calls = Promise.all([client.expire('k', 60), client.persist('k'), watched.expire('k', 60)]);
  while (refusals.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  server.listen(port, '127.0.0.1');
  assert.deepEqual(await calls, [1, 1, 1]);
  server.close();
  server.closeAllConnections();
});

test('the errors of runtimes for a connection that was refused are known', async () => {
  const errors = [
    Object.assign(new Error('Unable to connect. Is the computer able to access the url?'), { code: 'ConnectionRefused' }), // Bun
    new TypeError('error sending request for url (http://127.0.0.1:1/): client error (Connect): tcp connect error: Connection refused (os error 111)'), // Deno
    new TypeError('fetch failed', { cause: Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')]), { code: 'ECONNREFUSED' }) }),
    new TypeError('fetch failed', { cause: Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' }) }),
  ];
  for (const error of errors) {
    let tries = 0;
    const fetch = async () => {
      if (tries++ === 0) throw error;
      return new Response('{"value":1}');
    };
    assert.equal(await way.client({ fetch, idempotency: false }).incr('n'), 1, error.message);
    assert.equal((await refused(way.client({ fetch: async () => { throw error; }, retries: 0 }).incr('n'))).outcome, undefined);
  }
  const lasting = [
    Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }),
    Object.assign(new Error('getaddrinfo ENOTFOUND kv.exmaple.com'), { code: 'ENOTFOUND' }),
  ];
  for (const cause of lasting) {
    let tries = 0;
    const fetch = async () => { tries++; throw new TypeError('fetch failed', { cause }); };
    const error = await refused(way.client({ fetch }).incr('n'));
    assert.deepEqual([tries, error.outcome], [1, undefined]);
    assert.ok(error.detail.includes(cause.message), error.detail);
  }
});

test('an answer of a proxy is named as such', async () => {
  way.faults = [page(413), json(413, { message: 'Request Too Long' }), page(404), page(502)];
  const answers: [number, RegExp][] = [
    [413, /A proxy refuses.*client_max_body_size.*<html>/],
    [413, /A proxy refuses.*Request Too Long/],
    [404, /HTML page.*a proxy or a web site.*baseUrl/],
    [502, /HTML page.*a proxy that did not get an answer/],
  ];
  for (const [status, detail] of answers) {
    const error = await refused(kv.set('k', 1, { retries: 0 }));
    assert.deepEqual([error.status, error.code], [status, 'UNEXPECTED_RESPONSE']);
    assert.match(error.detail, detail);
  }
});

test('a refusal of the browser names --cors-origin', async () => {
  const real = globalThis.fetch;
  let probes = 0;
  let tries = 0;
  Object.defineProperty(globalThis, 'location', { value: { origin: 'https://app.example.com' }, configurable: true });
  const failing: typeof fetch = async () => {
    tries++;
    throw new TypeError('Failed to fetch');
  };
  try {
    globalThis.fetch = async (_, init) => {
      assert.equal(init?.mode, 'no-cors');
      probes++;
      return new Response();
    };
    const error = await refused(way.client({ fetch: failing }).get('k'));
    assert.deepEqual([error.code, tries, probes], ['NETWORK_ERROR', 1, 1]);
    assert.match(error.detail, /--cors-origin https:\/\/app\.example\.com/);

    globalThis.fetch = failing; // the server is not there at all
    assert.doesNotMatch((await refused(way.client({ fetch: failing, timeout: 100 }).get('k'))).detail, /cors/);

    // Once the server has answered, the browser allows it.
    const flaky: typeof fetch = async () => (tries++ === 1 ? failing('') : new Response('{"value":1}'));
    tries = 0;
    const client = way.client({ fetch: flaky });
    assert.deepEqual([await client.get('k'), await client.get('k')], [1, 1]);
  } finally {
    globalThis.fetch = real;
    Reflect.deleteProperty(globalThis, 'location');
  }
});

test('an error of the server is reported completely', async () => {
  const conflict = await refused(kv.set('text', 'no number').then(() => kv.incr('text')));
  assert.deepEqual([conflict.status, conflict.code, conflict.title], [409, 'not_an_integer', 'Not An Integer']);
  assert.match(conflict.detail, /not an integer/);
  assert.match(conflict.requestId ?? '', /^\w+$/);
  const invalid = await refused(kv.set('', 1, { ex: 1, px: 1 } as object));
  assert.deepEqual([invalid.status, invalid.code], [422, 'invalid']);
  assert.match(invalid.message, /\(body\.key: .*; body: .*\)$/);
  assert.deepEqual(invalid.errors?.map((e) => e.location), ['body.key', 'body']);
  const unauthorized = await refused(way.client({ token: 'dt_unknown' }).get('k'));
  assert.deepEqual([unauthorized.status, unauthorized.code], [401, 'unauthorized']);
});
