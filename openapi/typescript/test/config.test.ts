// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { KV, KVError, createClient, createKVClient, kv } from '@temps-sdk/kv';
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

test('a client that cannot work is not made', () => {
  const token = server.token;
  const missing = { name: 'KVError', status: 0, code: 'MISSING_CONFIG' };
  const invalid = { name: 'KVError', status: 0, code: 'INVALID_CONFIG' };
  assert.throws(() => new KV(), missing);
  assert.throws(() => createKVClient({ token }), missing);
  assert.throws(() => createClient({ apiUrl: server.url }), missing);
  assert.throws(() => createKVClient({ baseUrl: server.url, token: undefined }), missing);
  for (const baseUrl of ['kv.example.com', '/api', 'ftp://kv.example.com', 'https://user@kv.example.com']) {
    assert.throws(() => createKVClient({ baseUrl, token }), invalid, baseUrl);
  }
  process.env['TEMPS_PROJECT_ID'] = 'shop';
  assert.throws(() => createKVClient({ baseUrl: server.url, token }), invalid);
});

test('nothing shows the token', async () => {
  const client = createKVClient({ baseUrl: 'http://127.0.0.1:1', token: server.token, retries: 0 });
  const error = await client.get('k').catch((e: unknown) => e);
  assert.ok(error instanceof KVError);
  const { inspect } = await import('node:util');
  const shown = inspect(client, { depth: 9, showHidden: true }) + inspect(error, { depth: 9 }) + JSON.stringify([client, error]);
  assert.ok(!shown.includes(server.token), shown);
});

test('refuses white space inside a token, and does not show it', () => {
  for (const token of ['dt_hunter2 hunter2', 'dt_hunter2\nX-Other: hunter2', 'dt_hunter2\u0000']) {
    assert.throws(
      () => new KV({ baseUrl: 'http://127.0.0.1', token }),
      (error: KVError) => error.code === 'INVALID_CONFIG' && /white space/.test(error.detail) && !/hunter2/.test(error.message),
    );
  }
  assert.ok(new KV({ baseUrl: ' http://127.0.0.1\n', token: '\tdt_x\r\n' }));
});
