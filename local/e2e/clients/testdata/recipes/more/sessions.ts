// SPDX-License-Identifier: Apache-2.0
//
// A request that began before a logout ends after it: what it saves does not bring the session back. A request that only
// extends the session does not either.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import { createKVClient } from '@temps-sdk/kv';
import { KVStore } from './session-store.js';

const kv = createKVClient();
const app = express();
app.use(session({ store: new KVStore(kv), secret: 'test', resave: false, saveUninitialized: true, cookie: { maxAge: 60_000 } }));

let loaded = () => {};
let goOn = Promise.resolve();
app.get('/', (req, res) => void res.send(req.sessionID));
for (const change of [true, false]) {
  app.get(`/late/${change}`, async (req, res) => {
    if (change) Object.assign(req.session, { cart: ['book'] });
    loaded();
    await goOn;
    res.send('late');
  });
}
app.post('/logout', (req, res) => void req.session.destroy(() => void res.send('logged out')));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

for (const change of [true, false]) {
  const first = await fetch(url);
  const key = `session:${await first.text()}`;
  const headers = { cookie: first.headers.get('set-cookie')?.split(';')[0] ?? '' };
  const [stored, left] = [await kv.exists([key]), await kv.ttl(key)];
  let end = () => {};
  goOn = new Promise((resolve) => (end = resolve));
  const waiting = new Promise<void>((resolve) => (loaded = resolve));
  const late = fetch(`${url}/late/${change}`, { headers });
  await waiting;
  await (await fetch(`${url}/logout`, { method: 'POST', headers })).text();
  end();
  console.log(stored, left > 0 && left <= 60, await (await late).text(), await kv.exists([key]));
}
server.close();
server.closeAllConnections();
