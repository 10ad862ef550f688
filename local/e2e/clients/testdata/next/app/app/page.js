// SPDX-License-Identifier: Apache-2.0

import { createKVClient } from '@temps-sdk/kv';

// The build has an address, at which nothing listens: a page that calls a client is not made then, but for each request.
const { KV_URL = 'http://127.0.0.1:9', KV_TOKEN = 'dt_build' } = process.env;
const kv = createKVClient({ baseUrl: KV_URL, token: KV_TOKEN });

export default async function Page() {
  return <p>{await kv.get('next')}</p>;
}
