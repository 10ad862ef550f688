// SPDX-License-Identifier: Apache-2.0

/**
 * Client of tempskv and of the KV service of Temps. It only needs `fetch`.
 *
 * @packageDocumentation
 */

export { KV } from './client.js';
export type { KVClientConfig } from './config.js';
export { createClient, createKVClient, del, expire, get, incr, keys, kv, set, ttl } from './default.js';
export { KVError } from './error.js';
export type { KVErrorCode, KVProblem } from './error.js';
export type {
  CallOptions, IncrOptions, Keys, MSetEntry, ScanOptions, ScanPage, ScanPageOptions, SetOptions, Values,
} from './options.js';
