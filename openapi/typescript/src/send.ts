// SPDX-License-Identifier: Apache-2.0

import type { CallOptions, Target } from './config.js';
import { KVError, failure, refusal } from './error.js';
import { Stop } from './stop.js';
import type { Op } from './wire.js';

/** Operations that change nothing, and so can be repeated. */
const reads = new Set<Op>(['get', 'mget', 'exists', 'ttl', 'keys', 'scan']);

/** Operations that the server applies once for all requests with the same Idempotency-Key. */
const changes = new Set<Op>(['set', 'mset', 'del', 'incr']);

/** Sends a call, again if that is safe, and returns the answer and its text. Only rejects with a KVError. */
export async function send(target: Target, op: Op, body: object, options: CallOptions): Promise<[Response, string]> {
  const text = encode({ ...body, project_id: target.projectId });
  let key = target.idempotency && target.retries > 0 && changes.has(op) ? unique() : undefined;
  const stop = new Stop(options.timeout ?? target.timeout, options.signal);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(target, op, text, key, stop);
      } catch (error) {
        const refused = error as KVError;
        if (key && refused.code === 'many_slots') {
          key = undefined; // a Redis Cluster can only do these keys without it
          continue;
        }
        const wait = pause(attempt, refused.retryAfter);
        const again = repeatable(key !== undefined || reads.has(op), refused);
        if (attempt >= target.retries || !again || wait >= stop.left()) throw refused;
        await stop.sleep(wait);
      }
    }
  } finally {
    stop.release();
  }
}

/**
 * 429 and 503 mean that nothing was applied. After the others a write may have been: without a key it is not repeated.
 */
function repeatable(safe: boolean, { status, code }: KVError): boolean {
  if (status === 429 || status === 503) return true;
  return safe && (status === 502 || status === 504 || code === 'NETWORK_ERROR');
}

/** Returns a unique key, from Math.random if there is no crypto.randomUUID, as in pages that were loaded over http. */
function unique(): string {
  const random = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? random() + random() + random();
}

/** Returns how many milliseconds to wait: at least what the server asks for, with jitter. */
function pause(attempt: number, retryAfter = 0): number {
  return retryAfter * 1000 + Math.random() * Math.min(100 * 2 ** attempt, 2000);
}

/** Makes one request. */
async function once(
  target: Target,
  op: Op,
  body: string,
  key: string | undefined,
  stop: Stop,
): Promise<[Response, string]> {
  if (stop.error) throw stop.error;
  let response: Response | undefined;
  let text = '';
  try {
    const call = target.fetch ?? fetch; // browsers refuse to call it as a method
    response = await call(`${target.url}/kv/${op}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${target.token}`,
        'Content-Type': 'application/json',
        ...(key && { 'Idempotency-Key': key }),
      },
      body,
      signal: stop.signal,
      redirect: 'manual', // following one would turn it into a GET, or show the token to another host
    });
    text = await response.text();
  } catch (cause) {
    // If an error answer is cut off, its status is enough.
    if (!response || response.ok || stop.error) throw lost(op, stop.error ?? unreached(cause));
  }
  if (!response.ok) throw refusal(response, text);
  return [response, text];
}

/** Returns the error for a request that was sent but not answered. */
function lost(op: Op, error: KVError): KVError {
  return reads.has(op) ? error : new KVError({ ...error, outcome: 'unknown' }, error.cause);
}

function unreached(error: unknown): KVError {
  const { message, cause } = Object(error) as { message?: string; cause?: { message?: string } };
  const why = cause?.message || message || error; // Node.js has the reason in the cause
  return failure('NETWORK_ERROR', 'Network Error', `The server was not reached, or its answer was cut off: ${why}`, error);
}

function encode(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw failure('INVALID_ARGUMENT', 'Invalid Argument', 'The value cannot be written as JSON.', error);
  }
}
