// SPDX-License-Identifier: Apache-2.0

import type { Target } from './config.js';
import { KVError, failure, refusal, unexpected } from './error.js';
import { encode } from './encode.js';
import { passes, refusedByBrowser, unreached } from './network.js';
import type { CallOptions } from './options.js';
import { difference } from './shape.js';
import { Stop } from './stop.js';
import type { Answer, Op } from './wire.js';

/** Operations that change nothing. */
const reads = new Set<Op>(['get', 'mget', 'exists', 'ttl', 'keys', 'scan']);

/** Operations that the server applies once for all requests with the same Idempotency-Key. */
const keyed = new Set<Op>(['set', 'mset', 'del', 'incr']);

/** Answers of status 503 that waiting does not change. */
const lasting = ['kv_disabled', 'storage_full'];

/** What is sent for a call, and how. */
interface Sending {
  target: Target;
  op: Op;
  /** The field that the answer must have. */
  field: string;
  text: string;
  /** The Idempotency-Key. */
  key: string | undefined;
  /** Whether to send it again has no second effect. */
  safe: boolean;
  stop: Stop;
}

/** An answer; or an error, and whether to try again. */
type Tried = Answered | { error: KVError; again: boolean };

/** An answer, and its text. */
export interface Answered<T = object> {
  answer: T;
  text: string;
}

/** Sends a call, again if that is safe, and returns the answer and its text. Only rejects with a KVError. */
export async function send<O extends Op>(
  target: Target,
  op: O,
  body: object,
  field: keyof Answer<O> & string,
  options: CallOptions,
): Promise<Answered<Answer<O>>> {
  const { timeout = target.timeout, retries = target.retries, idempotency = target.idempotency } = options;
  const key = idempotency && retries > 0 && keyed.has(op) ? unique() : undefined;
  const text = encode({ ...body, project_id: target.projectId });
  const stop = new Stop(timeout, options.signal);
  const sending: Sending = { target, op, field, text, key, safe: key !== undefined || repeatable(op, body), stop };
  let unknown = false; // whether an earlier request may have been applied
  try {
    for (let attempt = 0; ; attempt++) {
      const tried = await once(sending);
      if ('answer' in tried) return tried as Answered<Answer<O>>;
      const { error, again } = tried;
      unknown ||= error.outcome === 'unknown';
      if (sending.key && error.code === 'many_slots') {
        sending.key = undefined; // a Redis Cluster can only do these keys without it
        sending.safe = false;
        continue;
      }
      const wait = pause(attempt, error.retryAfter, stop.left());
      if (attempt >= retries || !again || wait === undefined) {
        throw unknown ? open(error) : error;
      }
      await stop.sleep(wait);
    }
  } finally {
    stop.release();
  }
}

/** Reports whether a request without an Idempotency-Key may be sent twice: not if it deletes, as a new key might go too. */
function repeatable(op: Op, body: { seconds?: number }): boolean {
  return reads.has(op) || op === 'persist' || (op === 'expire' && body.seconds! > 0);
}

/** Returns a unique key, from Math.random if there is no crypto.randomUUID, as in pages that were loaded over http. */
function unique(): string {
  const random = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? random() + random() + random();
}

/**
 * Returns how many milliseconds to wait: at least what the server asks for, else twice as long each time up to 2 s, with
 * jitter; undefined if the time that is left is over before.
 */
function pause(attempt: number, retryAfter: number | undefined, left: number): number | undefined {
  const backoff = Math.min(100 * 2 ** attempt, 2000) * (0.5 + Math.random() / 2);
  const wait = retryAfter ? retryAfter * 1000 + backoff : Math.min(backoff, left / 2);
  return wait < left ? wait : undefined;
}

/** Makes one request. Only rejects with an error that is for the caller's framework. */
async function once(sending: Sending): Promise<Tried> {
  const { target, op, field, stop } = sending;
  let token: string;
  try {
    token = await stop.until(target.token());
  } catch (cause) {
    if (passes(cause)) throw cause;
    const error = failure('INVALID_CONFIG', 'Invalid Config', 'The function that is given as token failed.', cause);
    return { error: cause instanceof KVError ? cause : error, again: false };
  }
  let response: Response | undefined;
  let text = '';
  try {
    response = await request(sending, token);
    target.answered = true;
    text = await response.text();
  } catch (cause) {
    if (passes(cause)) throw cause;
    // If an error answer is cut off, its status is enough.
    if (!response || response.ok || stop.error) return lost(sending, cause, token);
  }
  const shown = text.replaceAll(token, '…');
  if (!response.ok) return refused(sending, refusal(response, shown));
  const answer = parse(text);
  const wrong = difference(op, answer, field);
  if (wrong === undefined) return { answer, text };
  return { error: unexpected(response, shown, wrong), again: false };
}

function request({ target, op, text, key, stop }: Sending, token: string): Promise<Response> {
  const call = target.fetch ?? fetch; // browsers refuse to call it as a method
  return call(`${target.url}/kv/${op}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      ...(key && { 'Idempotency-Key': key }),
    },
    body: text,
    signal: stop.signal,
    redirect: 'manual', // following one would turn it into a GET, or show the token to another host
    ...(target.cache && { cache: target.cache }), // Next.js 13 and 14 store answers, those to POST too
  });
}

/** Returns what became of a request to which no answer came, or not all of it. */
async function lost({ target, op, safe, stop }: Sending, cause: unknown, token: string): Promise<Tried> {
  if (stop.error) return { error: reads.has(op) ? stop.error : open(stop.error), again: false };
  const { why, sent, lasting } = unreached(cause);
  const detail = `The server was not reached, or its answer was cut off: ${why.replaceAll(token, '…')}`;
  const advice = target.answered ? undefined : await stop.until(refusedByBrowser(target.url)).catch(() => undefined);
  const error = failure('NETWORK_ERROR', 'Network Error', advice ?? detail, cause);
  if (!sent) return { error, again: !lasting };
  return { error: reads.has(op) ? error : open(error), again: safe && !advice };
}

/** Returns what became of a request that was answered with an error: 429 and 503 mean that nothing was applied. */
function refused({ op, safe }: Sending, error: KVError): Tried {
  const { status, code } = error;
  if (status === 429 || status === 503) return { error, again: !lasting.includes(code) };
  const fromProxy = code === 'UNEXPECTED_RESPONSE' && status >= 500;
  return { error: fromProxy && !reads.has(op) ? open(error) : error, again: safe && (status === 502 || status === 504) };
}

/** Returns the error for a write that may have been applied. */
function open(error: KVError): KVError {
  return new KVError({ ...error, outcome: 'unknown' }, error.cause);
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
