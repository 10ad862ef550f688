// SPDX-License-Identifier: Apache-2.0

import { describe, integer, list, text, texts } from './kinds.js';
import type { Kind } from './kinds.js';
import type { Op } from './wire.js';

/** The field that each operation returns, and what it should be. */
const fields: { [O in Op]?: Kind } = {
  set: (value) => (value === 'OK' || value === null ? undefined : '"OK" or null'),
  mset: (value) => (value === 'OK' ? undefined : '"OK"'),
  del: integer,
  incr: integer,
  expire: integer,
  persist: integer,
  ttl: integer,
  exists: integer,
  mget: list,
  keys: texts,
  scan: texts,
};

/** Says how an answer differs from what the document says of it, undefined if it does not. */
export function difference(op: Op, answer: object, field: string): string | undefined {
  if (!(field in answer)) return `It has no field ${JSON.stringify(field)}.`;
  const value: unknown = (answer as Record<string, unknown>)[field];
  const should = fields[op]?.(value);
  if (should) return `Its field ${JSON.stringify(field)} should be ${should}, and is ${describe(value)}.`;
  const cursor: unknown = (answer as { cursor?: unknown }).cursor ?? '';
  if (op === 'scan' && text(cursor)) return `Its field "cursor" should be a string or null, and is ${describe(cursor)}.`;
  return undefined;
}
