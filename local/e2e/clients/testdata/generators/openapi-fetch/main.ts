// SPDX-License-Identifier: Apache-2.0
//
// Uses the client that openapi-typescript and openapi-fetch make of the document. The type of every answer is checked.

import createClient from 'openapi-fetch';

import type { components, paths } from './generated.js';

type Problem = components['schemas']['Problem'];

const client = createClient<paths>({
	baseUrl: process.env.TEMPSKV_URL!,
	headers: { Authorization: `Bearer ${process.env.TEMPSKV_TOKEN}` },
});

const set = await client.POST('/api/kv/set', {
	body: { key: 'user', value: { name: 'Alice', tags: ['a', null] }, ex: 60 },
});
console.log('set', set.data!.result satisfies string | null);

const get = await client.POST('/api/kv/get', { body: { key: 'user' } });
console.log('get', JSON.stringify(get.data!.value satisfies unknown));

const incr = await client.POST('/api/kv/incr', { body: { key: 'views', amount: 2 } });
console.log('incr', incr.data!.value satisfies number);

const refused = await client.POST('/api/kv/incr', { body: { key: 'user' } });
const problem: Problem = refused.error!;
const code: 'not_an_integer' | 'other' = problem.code === 'not_an_integer' ? problem.code : 'other';
console.log('problem', problem.status, code);

const del = await client.POST('/api/kv/del', { body: { keys: ['user', 'views'] } });
console.log('del', del.data!.deleted satisfies number);
