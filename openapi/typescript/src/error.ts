// SPDX-License-Identifier: Apache-2.0

import type { components } from './openapi.js';

type Problem = components['schemas']['Problem'];

/**
 * The kind of an error. Codes in lower case come from the server, whose documentation lists them all; codes in upper
 * case come from this client.
 */
export type KVErrorCode =
  | 'ABORTED' // the signal of the caller
  | 'INVALID_ARGUMENT' // a value that JSON cannot hold: a BigInt, or a cycle
  | 'INVALID_CONFIG'
  | 'MISSING_CONFIG'
  | 'NETWORK_ERROR'
  | 'TIMEOUT' // the timeout of the call
  | 'UNEXPECTED_RESPONSE' // not the answer of a KV server: often a proxy, or a wrong address
  | (string & {});

/** The fields of a {@link KVError}. */
export interface KVProblem extends Pick<Problem, 'status' | 'title' | 'detail'> {
  /** See {@link KVError.code}. */
  code: KVErrorCode;
  /** See {@link KVError.errors}. */
  errors?: Problem['errors'] | undefined;
  /** See {@link KVError.outcome}. */
  outcome?: Problem['outcome'] | undefined;
  /** See {@link KVError.requestId}. */
  requestId?: string | undefined;
  /** See {@link KVError.retryAfter}. */
  retryAfter?: number | undefined;
}

/**
 * The error of every rejected call.
 *
 * @example
 * ```ts
 * try {
 *   await kv.incr('page:views');
 * } catch (error) {
 *   if (error instanceof KVError && error.code === 'not_an_integer') await kv.set('page:views', 1);
 *   else throw error;
 * }
 * ```
 */
export class KVError extends Error {
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The kind of the error, for programs. */
  readonly code: KVErrorCode;
  /** The kind of the error, in words. */
  readonly title: string;
  /** What happened, and what to do. */
  readonly detail: string;
  /** What is wrong with the request, field by field, if `code` is `invalid`. */
  readonly errors: KVProblem['errors'];
  /** `unknown` if a write was sent and it is not known whether it was applied: read before you repeat it. */
  readonly outcome: KVProblem['outcome'];
  /** The id of the request in the log of the server. */
  readonly requestId: string | undefined;
  /** Seconds to wait before trying again, if the server says so. */
  readonly retryAfter: number | undefined;

  /** Creates an error; `cause` is the error that caused it, if any. */
  constructor(problem: KVProblem, cause?: unknown) {
    super(`${problem.title}: ${problem.detail}`, cause === undefined ? undefined : { cause });
    this.name = 'KVError';
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors;
    this.outcome = problem.outcome;
    this.requestId = problem.requestId;
    this.retryAfter = problem.retryAfter;
  }
}

/** Returns an error that this client detected. */
export function failure(code: KVErrorCode, title: string, detail: string, cause?: unknown): KVError {
  return new KVError({ status: 0, code, title, detail }, cause);
}

/** Returns the error for an answer that is not a success, from the server or a proxy. */
export function refusal(response: Response, text: string): KVError {
  const { headers, status } = response;
  const body = parse(text);
  return new KVError({
    status,
    code: body.code ?? 'UNEXPECTED_RESPONSE',
    title: body.title ?? (response.statusText || `HTTP ${status}`),
    detail: body.detail ?? body.message ?? unexpected(response, text),
    errors: body.errors,
    outcome: body.outcome,
    requestId: body.request_id ?? headers.get('x-request-id') ?? undefined,
    retryAfter: seconds(headers.get('retry-after')),
  });
}

/** Describes an answer that is not from a KV server, and what is wrong with it, if that is known. */
export function unexpected(response: Response, text: string, wrong?: string): string {
  const to = response.headers.get('location');
  if (response.type === 'opaqueredirect' || to) {
    return `The server redirects${to ? ` to ${to}` : ''}: set baseUrl to that address.`;
  }
  const why = wrong === undefined ? '' : ` ${wrong}`;
  return `The answer is not that of a KV server: is baseUrl right?${why} It begins: ${JSON.stringify(text.slice(0, 100))}`;
}

// API gateways send a message instead of a detail.
function parse(text: string): Partial<Problem> & { message?: string } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

// Retry-After is a number of seconds or a date.
function seconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const wait = Number(header);
  const found = Number.isNaN(wait) ? (Date.parse(header) - Date.now()) / 1000 : wait;
  return Number.isNaN(found) ? undefined : Math.max(found, 0);
}
