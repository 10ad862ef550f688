// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { KV, KVError, createClient, createKVClient, del, expire, get, incr, keys, kv, set, ttl } from '@temps-sdk/kv';
import { serve } from './server.js';

const server = await serve();
const variables = ['TEMPS_API_URL', 'TEMPS_TOKEN', 'TEMPS_DEPLOYMENT_TOKEN', 'TEMPS_PROJECT_ID'];

afterEach(() => variables.forEach((name) => delete process.env[name]));

// This one comes first: the default client looks at the environment once.
test('the default client looks at the environment when it is first called', async () => {
  await assert.rejects(kv.get('k'), { name: 'KVError', status: 0, code: 'MISSING_CONFIG', detail: /baseUrl.*TEMPS_API_URL/ });
  process.env['TEMPS_API_URL'] = server.url;
  await assert.rejects(kv.get('k'), { code: 'MISSING_CONFIG', detail: /token.*TEMPS_TOKEN or TEMPS_DEPLOYMENT_TOKEN/ });
  process.env['TEMPS_DEPLOYMENT_TOKEN'] = server.token;
  assert.equal(await kv.set('k', 'from the environment'), 'OK');
  delete process.env['TEMPS_API_URL'];
  assert.equal(await kv.get('k'), 'from the environment');
});

test('every form of a base URL leads to the server', async () => {
  for (const end of ['', '/', '/api', '/api/', '//', '/api//', '?x=1', '#x']) {
    const client = createKVClient({ baseUrl: server.url + end, token: server.token });
    assert.equal(await client.set('form', end), 'OK', end);
  }
});

test('a path of a base URL is kept', async () => {
  let asked = '';
  const look: typeof fetch = async (url) => {
    asked = String(url);
    return new Response('{"value":1}');
  };
  for (const path of ['/kv-service', '/kv-service/', '/kv-service/api/']) {
    await createKVClient({ baseUrl: `https://example.com${path}`, token: 't', fetch: look }).get('k');
    assert.equal(asked, 'https://example.com/kv-service/api/kv/get');
  }
});

test('the earlier names work', async () => {
  const client: KV = createClient({ apiUrl: server.url, token: server.admin, projectId: 1 });
  assert.ok(client instanceof KV);
  assert.equal(await client.set('earlier', 1), 'OK');
  assert.equal(await new KV({ apiUrl: `${server.url}/`, token: server.token }).get('earlier'), 1);
});

test('what the configuration leaves out comes from the environment', async () => {
  process.env['TEMPS_API_URL'] = `${server.url}/api`;
  process.env['TEMPS_TOKEN'] = `${server.admin}\n`;
  process.env['TEMPS_DEPLOYMENT_TOKEN'] = 'dt_notThisOne';
  process.env['TEMPS_PROJECT_ID'] = '1';
  assert.equal(await createKVClient().set('env', 1), 'OK');
  assert.equal(await new KV({ token: server.token }).get('env'), 1);
  const other = createKVClient({ projectId: 77 });
  await assert.rejects(other.get('env'), { code: 'project_not_found' });
});

const invalid = { name: 'KVError', status: 0, code: 'INVALID_CONFIG' };

test('a client without address or token is made, and its calls are rejected until the environment has them', async () => {
  const missing = { name: 'KVError', status: 0, code: 'MISSING_CONFIG' };
  const made = [new KV(), createKVClient({ token: server.token }), createClient({ apiUrl: server.url })];
  made.push(createKVClient({ baseUrl: server.url, token: undefined }), createKVClient({ baseUrl: '', token: '' }));
  for (const client of made) {
    await assert.rejects(client.get('k'), missing);
    await assert.rejects(client.mget([]), missing);
    await assert.rejects(client.scan().next(), missing);
  }
  process.env['TEMPS_API_URL'] = server.url;
  process.env['TEMPS_TOKEN'] = server.token;
  for (const client of made) assert.equal(typeof (await client.exists('k')), 'number');
});

test('making a client does not look at the environment', () => {
  const { env } = process;
  const looked: unknown[] = [];
  process.env = new Proxy(env, { get: (_, name) => void looked.push(name) });
  try {
    createKVClient();
    createKVClient({ baseUrl: server.url });
  } finally {
    process.env = env;
  }
  assert.deepEqual(looked, []);
});

test('a client whose options are wrong is not made', async () => {
  const token = server.token;
  for (const baseUrl of ['kv.example.com', '/api', 'ftp://kv.example.com', 'https://user@kv.example.com', 'https://:hunter2@kv.example.com']) {
    assert.throws(() => createKVClient({ baseUrl, token }), (e: KVError) => e.code === 'INVALID_CONFIG' && !e.message.includes('hunter2'), baseUrl);
  }
  const make = createKVClient as (config: unknown) => KV;
  const wrong: [unknown, RegExp][] = [
    [null, /must be an object.*null/],
    ['https://kv.example.com', /must be an object.*string/],
    [{ url: server.url, token }, /"url".*baseUrl/],
    [{ baseURL: server.url, token }, /"baseURL".*baseUrl/],
    [{ baseUrl: server.url, apiKey: token }, /"apiKey".*token/],
    [{ project_id: 1 }, /"project_id".*projectId/],
    [{ enableAutoPipelining: true }, /there are baseUrl, apiUrl, token/],
    [{ baseUrl: new URL(server.url) }, /baseUrl of a client must be a string.*URL/],
    [{ token: 5 }, /token of a client must be a string or a function/],
    [{ projectId: '1' }, /projectId of a client must be an integer/],
    [{ timeout: '5' }, /timeout/],
    [{ retries: -1 }, /retries/],
    [{ idempotency: 1 }, /idempotency/],
    [{ cache: true }, /cache/],
    [{ fetch: {} }, /fetch/],
  ];
  for (const [config, detail] of wrong) {
    assert.throws(() => make(config), (e: KVError) => e.code === 'INVALID_CONFIG' && detail.test(e.detail), `${detail}`);
  }
  process.env['TEMPS_PROJECT_ID'] = 'shop';
  await assert.rejects(createKVClient({ baseUrl: server.url, token }).get('k'), invalid);
});

test('nothing shows the token', async () => {
  const client = createKVClient({ baseUrl: 'http://127.0.0.1:1', token: server.token, retries: 0 });
  const error = await client.get('k').catch((e: unknown) => e);
  assert.ok(error instanceof KVError);
  const { inspect } = await import('node:util');
  const shown = inspect(client, { depth: 9, showHidden: true }) + inspect(error, { depth: 9 }) + JSON.stringify([client, error]);
  assert.ok(!shown.includes(server.token), shown);
});

const tokens = ['dt_hunter2 hunter2', 'dt_hunter2\nX-Other: hunter2', 'dt_hunter2\u0000', 'dt_hunter2\u2026', 'dt_h\u00e9hunter2', '\u200bdt_hunter2'];

/** Checks that an error is about the form of the token, and does not show it. */
function hides(error: unknown): true {
  assert.ok(error instanceof KVError && error.code === 'INVALID_CONFIG', `${error}`);
  assert.match(error.detail, /white space/);
  assert.doesNotMatch(`${error.message} ${error.stack} ${error.cause}`, /hunter2/);
  return true;
}

test('refuses white space inside a token, and does not show it', async () => {
  for (const token of tokens) {
    assert.throws(() => new KV({ baseUrl: 'http://127.0.0.1', token }), hides);
    await assert.rejects(new KV({ baseUrl: 'http://127.0.0.1', token: () => token }).get('k'), hides);
    process.env['TEMPS_TOKEN'] = token.replace('\u0000', '\u0001');
    await assert.rejects(new KV({ baseUrl: 'http://127.0.0.1' }).get('k'), hides);
  }
  assert.ok(new KV({ baseUrl: ' http://127.0.0.1\n', token: '\tdt_x\r\n' }));
});

test('no message shows the token, whatever fetch or a proxy says', async () => {
  const token = 'dt_hunter2';
  const echo = (status: number): typeof fetch => async () => new Response(`<p>Authorization: Bearer ${token}`, { status });
  const fails: typeof fetch = async () => {
    throw new TypeError(`"Bearer ${token}" is not a header`);
  };
  for (const fetch of [echo(200), echo(404), echo(502), fails]) {
    const client = new KV({ baseUrl: 'http://127.0.0.1', token, fetch, retries: 0 });
    await assert.rejects(client.set('k', 1), (e: KVError) => e instanceof KVError && !e.message.includes('hunter2'));
  }
});

test('a token can be a function, which is asked for each request', async () => {
  const given = ['dt_revoked', `${server.token}\n`, server.token];
  let asked = 0;
  const client = createKVClient({ baseUrl: server.url, token: async () => given[asked++]! });
  await assert.rejects(client.get('k'), { status: 401 });
  assert.equal(await client.set('rotated', 1), 'OK');
  assert.equal(await client.get('rotated'), 1);
  assert.equal(await createKVClient({ baseUrl: server.url, token: () => server.token }).get('rotated'), 1);
  assert.equal(asked, 3);
});

test('a function for the token that fails, hangs or returns something else rejects the call', async () => {
  const why = new Error('the vault is sealed');
  const broken = [() => Promise.reject(why), () => { throw why; }];
  for (const token of broken) {
    await assert.rejects(createKVClient({ baseUrl: server.url, token }).incr('n'), { code: 'INVALID_CONFIG', cause: why, outcome: undefined });
  }
  for (const token of [undefined, null, 5]) {
    const client = createKVClient({ baseUrl: server.url, token: (() => token) as unknown as () => string });
    await assert.rejects(client.get('k'), { code: 'INVALID_CONFIG' });
  }
  const hanging = createKVClient({ baseUrl: server.url, token: () => new Promise(() => {}), timeout: 50 });
  await assert.rejects(hanging.incr('n'), { code: 'TIMEOUT', outcome: undefined });
});

test('requests are not cached, unless the client is told otherwise', async () => {
  const sent: (RequestInit | undefined)[] = [];
  const look: typeof fetch = async (_, init) => {
    sent.push(init);
    return new Response('{"value":1}');
  };
  const target = { baseUrl: 'https://kv.example.com', token: 't', fetch: look };
  await createKVClient(target).get('k');
  await createKVClient({ ...target, cache: 'reload' }).get('k');
  await createKVClient({ ...target, cache: false }).get('k');
  assert.deepEqual(sent.map((init) => init?.cache), ['no-store', 'reload', undefined]);
  assert.ok(!('cache' in sent[2]!));
  const worker: typeof fetch = async () => {
    throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
  };
  await assert.rejects(createKVClient({ ...target, fetch: worker }).set('k', 1), { code: 'NETWORK_ERROR', detail: /cache: false/, outcome: undefined });
});

test('an error by which Next.js or React ends the rendering of a page passes as it is', async () => {
  const dynamic = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
  const postpone = Object.assign(new Error('postpone'), { $$typeof: Symbol.for('react.postpone') });
  for (const error of [dynamic, postpone]) {
    const fetch: typeof globalThis.fetch = async () => { throw error; };
    const client = createKVClient({ baseUrl: 'https://kv.example.com', token: 't', fetch });
    for (const call of [client.get('k'), client.set('k', 1), client.mget('k'), client.scan().next()]) {
      await assert.rejects(call, (e) => e === error);
    }
    const token = () => Promise.reject(error); // as cookies() does it
    await assert.rejects(createKVClient({ baseUrl: 'https://kv.example.com', token }).get('k'), (e) => e === error);
  }
});

test('a page of Next.js that is built without an environment is rendered later', async () => {
  const dynamic = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
  const real = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    assert.deepEqual([url, init?.cache], ['data:,', 'no-store']);
    throw dynamic;
  };
  try {
    await assert.rejects(createKVClient().get('k'), (e) => e === dynamic);
    globalThis.fetch = async () => { throw new TypeError('not allowed'); };
    await assert.rejects(createKVClient().get('k'), { code: 'MISSING_CONFIG' });
  } finally {
    globalThis.fetch = real;
  }
});

test('the standalone functions are calls of the default client', async () => {
  assert.equal(await set('alone', 5, { ex: 100 }), 'OK');
  assert.equal(await get<number>('alone'), 5);
  assert.equal(await incr('alone'), 6);
  assert.equal(await expire('alone', 200), 1);
  assert.ok((await ttl('alone')) > 100);
  assert.deepEqual(await keys('alone*'), ['alone']);
  assert.equal(await del('alone'), 1);
});
