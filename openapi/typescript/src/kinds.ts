// SPDX-License-Identifier: Apache-2.0

/** Tests a value: returns what it should be, or undefined if it is that. */
export type Kind = (value: unknown) => string | undefined;

const kind =
  (should: string, is: (value: any) => boolean): Kind =>
  (value) =>
    is(value) ? undefined : should;

export const text = kind('a string', (value) => typeof value === 'string');
export const flag = kind('true or false', (value) => typeof value === 'boolean');
export const nothing = kind('null', (value) => value === null);
export const off = kind('false', (value) => value === false);
export const call = kind('a function', (value) => typeof value === 'function');
export const given = kind('something that JSON can hold', (value) => value !== undefined);
export const list = kind('a list', Array.isArray);
export const texts = kind('a list of strings', (value) => Array.isArray(value) && !value.some(text));
export const integer = kind('an integer', Number.isInteger);
/** Not for what is answered: the server counts up to 2^63. */
export const exact = kind('an integer below 2^53', Number.isSafeInteger);
export const duration = kind('a number of milliseconds', (value) => typeof value === 'number' && value >= 0);
export const times = kind('a number of times', (value) => value === Infinity || (Number.isInteger(value) && value >= 0));
export const signal = kind('an AbortSignal', (value) => typeof value?.addEventListener === 'function' && 'aborted' in value);
export const object = kind('an object', (value) => tag(value) === 'Object');

/** Returns a test for any of two kinds. */
export const either =
  (a: Kind, b: Kind): Kind =>
  (value) =>
    a(value) && b(value) && `${a(value)} or ${b(value)}`;

/** Returns the built-in class of a value, such as `Map`; `Object` for objects of classes that are not built in. */
export function tag(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Says what a value is, without its content. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === 'number' && !Number.isInteger(value)) return `${value}`; // such as NaN
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (value instanceof Number) return describe(Number(value));
  const name = tag(value) === 'Object' ? value.constructor?.name : tag(value);
  return name && name !== 'Object' ? `of the class ${name}` : 'an object';
}
