// SPDX-License-Identifier: Apache-2.0

import type { Answer, Op } from './wire.js';

const number = (value: unknown) => (Number.isInteger(value) ? undefined : 'an integer');
const list = (value: unknown) => (Array.isArray(value) ? undefined : 'a list');
const texts = (value: unknown) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : 'a list of strings';

/** What is wrong with the field that a call returns, by operation: each function says what it should be. */
const fields: { [O in Op]?: (value: unknown) => string | undefined } = {
  set: (value) => (value === 'OK' || value === null ? undefined : '"OK" or null'),
  mset: (value) => (value === 'OK' ? undefined : '"OK"'),
  del: number,
  incr: number,
  expire: number,
  persist: number,
  ttl: number,
  exists: number,
  mget: list,
  keys: texts,
  scan: texts,
};

/** Says how an answer differs from what the document says of it, undefined if it does not. */
export function misfit<O extends Op>(op: O, answer: object, field: keyof Answer<O> & string): string | undefined {
  if (!(field in answer)) return `It has no field ${JSON.stringify(field)}.`;
  const value: unknown = (answer as Record<string, unknown>)[field];
  const should = fields[op]?.(value);
  if (should !== undefined) return `Its field ${JSON.stringify(field)} should be ${should}, and is ${kind(value)}.`;
  const cursor: unknown = (answer as { cursor?: unknown }).cursor;
  if (op === 'scan' && typeof cursor !== 'string' && cursor !== null && cursor !== undefined) {
    return `Its field "cursor" should be a string or null, and is ${kind(cursor)}.`;
  }
  return undefined;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
