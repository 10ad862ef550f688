// SPDX-License-Identifier: Apache-2.0
//
// Uses the client that @hey-api/openapi-ts makes of the document. The type of every answer is checked.

import { client } from './generated/client.gen.js';
import { kvDel, kvGet, kvIncr, kvSet } from './generated/sdk.gen.js';
import type { Problem } from './generated/types.gen.js';

client.setConfig({ baseUrl: process.env.TEMPSKV_URL!, auth: process.env.TEMPSKV_TOKEN! });

const set = await kvSet({ body: { key: 'user', value: { name: 'Alice', tags: ['a', null] }, ex: 60 } });
console.log('set', set.data!.result satisfies string | null);

const get = await kvGet({ body: { key: 'user' } });
console.log('get', JSON.stringify(get.data!.value satisfies unknown));

const incr = await kvIncr({ body: { key: 'views', amount: 2 } });
console.log('incr', incr.data!.value satisfies number);

const refused = await kvIncr({ body: { key: 'user' } });
const problem: Problem = refused.error!;
const code: 'not_an_integer' | 'other' = problem.code === 'not_an_integer' ? problem.code : 'other';
console.log('problem', problem.status, code);

const del = await kvDel({ body: { keys: ['user', 'views'] } });
console.log('del', del.data!.deleted satisfies number);
