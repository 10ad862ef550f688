// SPDX-License-Identifier: Apache-2.0

import { KVError, misuse } from './error.js';
import { describe, tag } from './kinds.js';

/** Writes a request as JSON, without its undefined fields. Throws a KVError if a value would come back as another. */
export function encode(body: object): string {
  try {
    return JSON.stringify(body, function (this: Record<string, unknown>, name, value: unknown) {
      const given = this[name];
      if (given === undefined && this === body) return undefined;
      if (!held(value, given)) {
        const where = this === body ? '' : ` at ${JSON.stringify(name)}`;
        throw misuse(`JSON cannot hold what is in the value${where}: it is ${describe(value === null ? given : value)}.`);
      }
      return value;
    });
  } catch (error) {
    if (error instanceof KVError) throw error;
    throw misuse('The value cannot be written as JSON: there is a cycle in it, or its toJSON fails.', error);
  }
}

/** Reports whether JSON holds a value, which was made by toJSON of what was given if it has that. */
function held(value: unknown, given: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null ? tag(given) !== 'Date' : holds(value);
    default:
      return false;
  }
}

function holds(value: object): boolean {
  switch (tag(value)) {
    case 'Array':
    case 'String':
    case 'Boolean':
      return true;
    case 'Number':
      return Number.isFinite(Number(value));
    case 'Object': // one without fields keeps its content elsewhere if it is of a class
      return Object.keys(value).length > 0 || describe(value) === 'an object';
    default:
      return false;
  }
}
