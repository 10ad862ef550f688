// SPDX-License-Identifier: Apache-2.0

import { misfits } from './check.js';
import { failure } from './error.js';
import { call, describe, duration, either, exact, flag, object, off, text, times } from './kinds.js';

/** How a client reaches its server. Options that are not set are read from the environment, if there is one. */
export interface KVClientConfig {
  /** The address of the server, with or without `/api` at its end. Default: `TEMPS_API_URL`. */
  baseUrl?: string | undefined;
  /** The same as `baseUrl`, which takes precedence. */
  apiUrl?: string | undefined;
  /**
   * A deployment token or an API key, or a function that returns it, which is called for each request. Default:
   * `TEMPS_TOKEN`, else `TEMPS_DEPLOYMENT_TOKEN`.
   */
  token?: string | (() => string | Promise<string>) | undefined;
  /** The project. Required for an API key; a deployment token has its own project. Default: `TEMPS_PROJECT_ID`. */
  projectId?: number | undefined;
  /** Milliseconds that a call may take, including its retries; 0 for no limit. Default: 30000. */
  timeout?: number | undefined;
  /** How often a call is repeated at most, if that is safe. Default: as often as its time allows, with growing pauses. */
  retries?: number | undefined;
  /**
   * Whether to send `set`, `mset`, `del`, `incr` and `decr` with an Idempotency-Key, so they can be repeated after any
   * error. Set it to false for a server that ignores the header: the KV service of Temps. Default: true.
   */
  idempotency?: boolean | undefined;
  /** What `fetch` is told about caches; false for a runtime that refuses the field. Default: `no-store`. */
  cache?: RequestCache | false | undefined;
  /** A function to call instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** A complete {@link KVClientConfig}; only the project is missing with a deployment token. */
export interface Target extends Pick<KVClientConfig, 'projectId' | 'cache' | 'fetch'> {
  /** The URL that the paths of the operations are relative to. */
  url: string;
  /** Returns the token to send. */
  token: () => Promise<string>;
  /** See {@link KVClientConfig.timeout}. */
  timeout: number;
  /** See {@link KVClientConfig.retries}. */
  retries: number;
  /** See {@link KVClientConfig.idempotency}. */
  idempotency: boolean;
  /** Whether the server has answered this client. */
  answered: boolean;
}

const options = {
  baseUrl: text,
  apiUrl: text,
  token: either(text, call),
  projectId: exact,
  timeout: duration,
  retries: times,
  idempotency: flag,
  cache: either(text, off),
  fetch: call,
};

/** Checks what a configuration holds, without the environment. Throws a KVError. */
export function examine(config: KVClientConfig): void {
  if (object(config)) {
    throw invalid(`The configuration must be an object such as { baseUrl: "https://kv.example.com" }, and is ${describe(config)}.`);
  }
  const wrong = misfits('a client', config, options);
  if (wrong) throw invalid(wrong);
  const baseUrl = config.baseUrl?.trim() || config.apiUrl?.trim();
  if (baseUrl) address(baseUrl);
  if (typeof config.token === 'string') credential(config.token);
}

/** Completes a configuration from the environment. Throws a KVError if something is missing or wrong. */
export function resolve(config: KVClientConfig): Target {
  const { timeout = 30_000, retries = Infinity, idempotency = true, cache = 'no-store' } = config;
  const baseUrl = config.baseUrl?.trim() || config.apiUrl?.trim() || environment('TEMPS_API_URL');
  if (!baseUrl) throw missing('baseUrl', 'TEMPS_API_URL');
  const token = given(config.token) || environment('TEMPS_TOKEN') || environment('TEMPS_DEPLOYMENT_TOKEN');
  if (!token) throw missing('token', 'TEMPS_TOKEN or TEMPS_DEPLOYMENT_TOKEN');
  if (typeof token === 'string') credential(token);
  return {
    url: address(baseUrl),
    token: async () => credential(typeof token === 'string' ? token : await token()),
    projectId: config.projectId ?? project(environment('TEMPS_PROJECT_ID')),
    timeout,
    retries,
    idempotency,
    cache,
    fetch: config.fetch,
    answered: false,
  };
}

function given(token: KVClientConfig['token']) {
  return typeof token === 'string' ? token.trim() : token;
}

function missing(option: string, variable: string) {
  return failure('MISSING_CONFIG', 'Missing Config', `Give the client a ${option}, or set ${variable}.`);
}

function invalid(detail: string) {
  return failure('INVALID_CONFIG', 'Invalid Config', detail);
}

/** Returns a token as it is sent. Secrets are often kept with a line break. Never shows it. */
function credential(token: string): string {
  const wrong = text(token);
  if (wrong) throw invalid(`The function that is given as token must return ${wrong}, and returned ${describe(token)}.`);
  const trimmed = token.trim();
  if (/[^!-~]/.test(trimmed)) throw invalid('The token must not have white space, a line break or another character than ASCII inside.');
  return trimmed;
}

/** Returns the URL that the paths of the operations are relative to: it has one /api, whatever the base URL ends in. */
function address(baseUrl: string): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw invalid('baseUrl is not a URL such as https://kv.example.com.');
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw invalid('baseUrl must begin with http:// or https://, and contain no user name or password.');
  }
  let path = url.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  return url.origin + (path.endsWith('/api') ? path : `${path}/api`);
}

function project(id: string | undefined): number | undefined {
  if (!id) return undefined;
  if (exact(Number(id))) throw invalid('TEMPS_PROJECT_ID is not an integer.');
  return Number(id);
}

/**
 * Looks up a variable if the runtime has an environment: browsers and some edge workers have none, and Deno asks for
 * permission. Bundlers do not replace a lookup by name, so they cannot put a token into a page unnoticed.
 */
function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.[name]?.trim();
  } catch {
    return undefined;
  }
}
