// SPDX-License-Identifier: Apache-2.0

import { misuse } from './error.js';
import { describe, duration, either, exact, flag, given, list, nothing, object, signal, text, times } from './kinds.js';
import type { Kind } from './kinds.js';
import type { CallOptions } from './options.js';
import type { Request } from './wire.js';
import { spelling } from './spelling.js';

/** Names, and what each stands for. */
export type Kinds = Record<string, Kind>;

/** Options of every call, and those of the client that a call can change. */
const every: Kinds = { signal, timeout: duration, retries: times, idempotency: flag };
const expiry: Kinds = { ex: exact, px: exact, ttl: exact };
const pages: Kinds = { match: text, count: exact };
const entries = either(object, list);
const amount: Kind = (value) => (value === undefined ? undefined : exact(value));

/** What each call takes: its arguments, its options after them, and an example of these. */
const calls = {
  get: takes({ key: text }),
  getRaw: takes({ key: text }),
  set: takes({ key: text, value: given }, { ...expiry, keepttl: flag, nx: flag, xx: flag }, '{ ex: 60 }'),
  del: takes({ keys: given }),
  incr: takes({ key: text, amount }, expiry, '{ ex: 60 }'),
  decr: takes({ key: text, amount }, expiry, '{ ex: 60 }'),
  expire: takes({ key: text, seconds: exact }),
  ttl: takes({ key: text }),
  persist: takes({ key: text }),
  mget: takes({ keys: given }),
  mset: takes({ values: entries }),
  exists: takes({ keys: given }),
  keys: takes({ pattern: text }),
  scan: takes({}, pages, '{ match: "user:*" }, or a pattern; scanPage takes a cursor'),
  scanPage: takes({}, { ...pages, cursor: either(text, nothing) }, '{ match: "user:*", cursor }'),
};

/** The name of a call. */
export type Call = keyof typeof calls;

function takes(parameters: Kinds, options: Kinds = {}, example = '{ timeout: 1000 }') {
  return { parameters, options: { ...options, ...every }, example };
}

/** Checks the arguments of a call, and returns its options. Throws a KVError. */
export function check<Options extends CallOptions>(name: Call, args: ArrayLike<unknown>): Options {
  const { parameters, options, example } = calls[name];
  const taken = Object.entries(parameters);
  taken.forEach(([parameter, kind], i) => {
    const after = object(args[i]) ? '' : `: options come after it, such as ${example}`;
    must(`The ${parameter} of ${name}`, args[i], kind, after);
  });
  const last = args[taken.length];
  if (last !== undefined) must(`The last argument of ${name}`, last, object, `: write options as ${example}`);
  const most = taken.length + 1;
  if (args.length > most) throw misuse(`${name} takes ${most} argument${most > 1 ? 's' : ''} at most, the last such as ${example}.`);
  return fields(name, last ?? {}, options) as Options;
}

/** Checks the keys of a call, one by one or as a list that options may follow. Throws a KVError. */
export function checkKeys(name: Call, args: readonly unknown[]): [keys: string[], options: CallOptions] {
  const listed = Array.isArray(args[0]);
  const keys = (listed ? args[0] : args) as unknown[];
  const after = ': options come after a list of keys, such as ["a", "b"], { timeout: 1000 }';
  for (const key of keys) must(`A key of ${name}`, key, text, object(key) ? '' : after);
  return [keys as string[], listed ? check(name, args as unknown[]) : {}];
}

/** Checks the first argument of mset, and returns its entries. Throws a KVError. */
export function checkEntries(values: object): Request<'mset'>['entries'] {
  if (!Array.isArray(values)) return Object.entries(values).map(([key, value]) => ({ key, value }));
  return values.map((entry) => {
    must('An entry of mset', entry, object, ': write { key: "a", value: 1, ex: 60 }');
    must('The key of an entry of mset', entry.key, text);
    must('The value of an entry of mset', entry.value, given);
    return fields('An entry of mset', entry, { key: text, value: given, ...expiry }) as Request<'mset'>['entries'][number];
  });
}

/** Says what is wrong with the options of a call or of a client, if anything is. */
export function misfits(of: string, options: object, kinds: Kinds): string | undefined {
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) return `${of} has no option ${JSON.stringify(name)}: ${spelling(name, Object.keys(kinds))}.`;
    const wrong = value === undefined ? undefined : misfit(`The ${name} of ${of}`, value, kind);
    if (wrong) return `${wrong}.`;
  }
  return undefined;
}

/** Checks options, and returns those that are set, ttl as ex. */
function fields(of: string, options: object, kinds: Kinds): object {
  const wrong = misfits(of, options, kinds);
  if (wrong) throw misuse(wrong);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { ttl, ...others } = Object.fromEntries(given) as { ttl?: number; ex?: number };
  if (ttl === undefined) return others;
  if (others.ex !== undefined) throw misuse(`${of} has both ex and ttl, which are the same.`);
  return { ...others, ex: ttl };
}

function must(what: string, value: unknown, kind: Kind, advice = ''): void {
  const wrong = misfit(what, value, kind);
  if (wrong) throw misuse(`${wrong}${advice}.`);
}

function misfit(what: string, value: unknown, kind: Kind): string | undefined {
  const should = kind(value);
  return should && `${what} must be ${should}, and is ${describe(value)}`;
}
