// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { createKVClient } from '@temps-sdk/kv';
import { serve } from './server.js';

// The compiler has checked the examples before; this runs them as they are, against a server at the address they name.
test('the examples of the README run', async () => {
  const { url, token } = await serve();
  process.env['TEMPS_API_URL'] = url;
  process.env['TEMPS_DEPLOYMENT_TOKEN'] = token;
  const real = fetch;
  globalThis.fetch = (to, init) => real(String(to).replace('https://your-temps-instance.com', url), init);
  const folder = new URL('../build/readme/', import.meta.url);
  const examples = (await readdir(folder)).sort();
  assert.equal(examples.length, 4);
  for (const name of examples) await import(new URL(name, folder).href);

  const kv = createKVClient();
  assert.deepEqual(await kv.mget('page:views', 'user:1', 'job:7', 'c', 'visits', 'hits:203.0.113.7'), [1, { name: 'Alice' }, 'running', 4, 5, 1]);
  assert.equal(await kv.exists('a', 'b', 'user:123', 'greeting'), 0);
  assert.equal(await kv.ttl('visits'), -1);
});
