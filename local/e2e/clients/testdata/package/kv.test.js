// SPDX-License-Identifier: Apache-2.0

jest.setTimeout(60_000); // on a busy machine

const { KVError, createKVClient, get, kv } = require('@temps-sdk/kv');

test('the client can be required, and calls a server', async () => {
  const client = createKVClient();
  expect(await client.set('jest', { a: [1] }, { ttl: 60 })).toBe('OK');
  expect(await kv.get('jest')).toEqual({ a: [1] });
  expect(await get('jest')).toEqual({ a: [1] });
  await expect(kv.set('jest', 1, { EX: 60 })).rejects.toThrow(KVError);
});

test('values of the world of tests are values', async () => {
  await kv.set('jest', [{ a: new Date(0) }, [], Object.create(null)]);
  expect(await kv.get('jest')).toEqual([{ a: '1970-01-01T00:00:00.000Z' }, [], {}]);
  await expect(kv.set('jest', new Map())).rejects.toThrow(/Map/);
});
