// SPDX-License-Identifier: Apache-2.0

import { createKVClient, ttl } from '@temps-sdk/kv';

// The build has no environment.
const kv = createKVClient();

const calls = {
  get: () => kv.get('next'),
  set: () => kv.set('next', 'set', { idempotency: false }),
  incr: () => kv.incr('next:n', 1, { idempotency: false }),
  expire: () => kv.expire('next', 3600),
  ttl: () => ttl('next'),
};

export async function POST(_, { params }) {
  const { call } = await params;
  return Response.json(await calls[call]());
}
