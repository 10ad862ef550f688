// SPDX-License-Identifier: Apache-2.0

import type { components } from './openapi.js';

type Problem = components['schemas']['Problem'];

/**
 * The kind of an error. Codes in lower case come from the server, whose documentation lists them all; codes in upper
 * case come from this client.
 */
export type KVErrorCode =
  | 'ABORTED' // the signal of the caller
  | 'INVALID_ARGUMENT' // an unknown option, an argument of another type, a value that JSON cannot hold
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
 *   if (error instanceof KVError && error.code === 'not_an_integer') console.error('page:views is no counter');
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
    const errors = problem.errors?.map(({ location, message }) => `${location}: ${message}`).join('; ');
    super(`${problem.title}: ${problem.detail}${errors ? ` (${errors})` : ''}`, cause === undefined ? undefined : { cause });
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

/** Returns the error for arguments of a call that are wrong. */
export function misuse(detail: string, cause?: unknown): KVError {
  return failure('INVALID_ARGUMENT', 'Invalid Argument', detail, cause);
}

/** Returns the error for an answer that is not a success, from the server or a proxy. */
export function refusal(response: Response, text: string): KVError {
  const { headers, status } = response;
  const body = parse(text);
  return new KVError({
    status,
    code: body.code ?? 'UNEXPECTED_RESPONSE',
    title: body.title ?? (response.statusText || `HTTP ${status}`),
    detail: body.detail ?? foreign(response, text, body.message),
    errors: body.errors,
    outcome: body.outcome,
    requestId: body.request_id ?? headers.get('x-request-id') ?? undefined,
    retryAfter: seconds(headers.get('retry-after')),
  });
}

/** Returns the error for a success that is not that of a KV server; wrong says why. */
export function unexpected(response: Response, text: string, wrong: string): KVError {
  return new KVError({
    status: response.status,
    code: 'UNEXPECTED_RESPONSE',
    title: 'Unexpected Response',
    detail: `${foreign(response, text)} ${wrong}`,
  });
}

/** Describes an answer that is not from a KV server; message is what an API gateway says. */
function foreign({ headers, status, type }: Response, text: string, message?: string): string {
  const to = headers.get('location');
  if (type === 'opaqueredirect' || to) return `The server redirects${to ? ` to ${to}` : ''}: set baseUrl to that address.`;
  const begins = message ?? `It begins: ${JSON.stringify(text.slice(0, 100))}`;
  if (status === 413) return `A proxy refuses a request as large as this: raise its limit, in nginx client_max_body_size. ${begins}`;
  if (message) return message;
  if (!/html/.test(headers.get('content-type') ?? '') && !/^\s*</.test(text)) return `The answer is not that of a KV server: is baseUrl right? ${begins}`;
  const from = status < 500 ? 'a proxy or a web site: is baseUrl right?' : 'a proxy that did not get an answer of the server.';
  return `The answer is an HTML page, from ${from} ${begins}`;
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
