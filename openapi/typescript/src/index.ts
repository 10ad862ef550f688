// SPDX-License-Identifier: Apache-2.0

/**
 * Client of tempskv and of the KV service of Temps. It only needs `fetch`.
 *
 * @packageDocumentation
 */

export { KV, createClient, createKVClient, kv } from './client.js';
export type { CallOptions, KVClientConfig } from './config.js';
export { KVError } from './error.js';
export type { KVErrorCode, KVProblem } from './error.js';
export type { IncrOptions, Keys, MSetEntry, ScanOptions, SetOptions } from './options.js';
