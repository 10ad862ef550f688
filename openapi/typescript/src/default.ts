// SPDX-License-Identifier: Apache-2.0

import { KV } from './client.js';
import type { KVClientConfig } from './config.js';

/**
 * Creates a client. Options that are not set are read from the environment at its first call: see
 * {@link KVClientConfig}.
 *
 * @throws {@link KVError} if an option is wrong.
 *
 * @example
 * ```ts
 * const kv = createKVClient({ baseUrl: 'https://kv.example.com', token: process.env.TEMPS_DEPLOYMENT_TOKEN });
 * ```
 */
export function createKVClient(config?: KVClientConfig): KV {
  return new KV(config);
}

/** The earlier name of {@link createKVClient}. */
export const createClient = createKVClient;

/** The client that is configured by the environment, which is read at the first call. */
export const kv: KV = /* @__PURE__ */ new KV();

/** {@link KV.get} of {@link kv}. */
export const get: KV['get'] = (...args) => kv.get(...args);

/** {@link KV.set} of {@link kv}. */
export const set: KV['set'] = (...args) => kv.set(...args);

/** {@link KV.del} of {@link kv}. */
export const del: KV['del'] = (...args) => kv.del(...args);

/** {@link KV.incr} of {@link kv}. */
export const incr: KV['incr'] = (...args) => kv.incr(...args);

/** {@link KV.expire} of {@link kv}. */
export const expire: KV['expire'] = (...args) => kv.expire(...args);

/** {@link KV.ttl} of {@link kv}. */
export const ttl: KV['ttl'] = (...args) => kv.ttl(...args);

/** {@link KV.keys} of {@link kv}. */
export const keys: KV['keys'] = (...args) => kv.keys(...args);
