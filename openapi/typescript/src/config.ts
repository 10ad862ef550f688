// SPDX-License-Identifier: Apache-2.0

import { failure } from './error.js';

/** How a client reaches its server. Options that are not set are read from the environment, if there is one. */
export interface KVClientConfig {
  /** The address of the server, with or without `/api` at its end. Default: `TEMPS_API_URL`. */
  baseUrl?: string | undefined;
  /** The same as `baseUrl`, which takes precedence. */
  apiUrl?: string | undefined;
  /** A deployment token or an API key. Default: `TEMPS_TOKEN`, else `TEMPS_DEPLOYMENT_TOKEN`. */
  token?: string | undefined;
  /** The project. Required for an API key; a deployment token has its own project. Default: `TEMPS_PROJECT_ID`. */
  projectId?: number | undefined;
  /** Milliseconds that a call may take, including its retries; 0 for no limit. Default: 30000. */
  timeout?: number | undefined;
  /** How often a call is repeated at most, if that is safe. Default: 3. */
  retries?: number | undefined;
  /**
   * Whether to send `set`, `mset`, `del`, `incr` and `decr` with an Idempotency-Key, so they can be repeated after any
   * error. Set it to false for a server that ignores the header: the KV service of Temps. Default: true.
   */
  idempotency?: boolean | undefined;
  /** A function to call instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Options of every call. */
export interface CallOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that this call may take, instead of the client's `timeout`. */
  timeout?: number | undefined;
}

/** A complete {@link KVClientConfig}; only the project is missing with a deployment token. */
export interface Target extends Required<Omit<KVClientConfig, 'baseUrl' | 'apiUrl'>> {
  /** The URL that the paths of the operations are relative to. */
  url: string;
  /** Sent with each request. */
  token: string;
  /** See {@link KVClientConfig.timeout}. */
  timeout: number;
  /** See {@link KVClientConfig.retries}. */
  retries: number;
  /** See {@link KVClientConfig.idempotency}. */
  idempotency: boolean;
}

/** Completes a configuration. Throws a KVError if something is missing or wrong. */
export function resolve(config: KVClientConfig): Target {
  const baseUrl = config.baseUrl?.trim() || config.apiUrl?.trim() || environment('TEMPS_API_URL');
  // Secrets are often kept with a line break.
  const token = config.token?.trim() || environment('TEMPS_TOKEN') || environment('TEMPS_DEPLOYMENT_TOKEN');
  if (!baseUrl) throw missing('baseUrl', 'TEMPS_API_URL');
  if (!token) throw missing('token', 'TEMPS_TOKEN or TEMPS_DEPLOYMENT_TOKEN');
  if (/[\s\p{Cc}]/u.test(token)) throw invalid('The token must not have white space or a line break inside.');
  return {
    url: address(baseUrl),
    token,
    projectId: config.projectId ?? project(environment('TEMPS_PROJECT_ID')),
    timeout: config.timeout ?? 30_000,
    retries: config.retries ?? 3,
    idempotency: config.idempotency ?? true,
    fetch: config.fetch,
  };
}

function missing(option: string, variable: string) {
  return failure('MISSING_CONFIG', 'Missing Config', `Give the client a ${option}, or set ${variable}.`);
}

function invalid(detail: string) {
  return failure('INVALID_CONFIG', 'Invalid Config', detail);
}

/** Returns the URL that the paths of the operations are relative to: it has one /api, whatever the base URL ends in. */
function address(baseUrl: string): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw invalid('baseUrl is not a URL such as https://kv.example.com.');
  }
  if (!/^https?:$/.test(url.protocol) || url.username) {
    throw invalid('baseUrl must begin with http:// or https://, and contain no user name.');
  }
  let path = url.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  return url.origin + (path.endsWith('/api') ? path : `${path}/api`);
}

function project(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw invalid('TEMPS_PROJECT_ID is not an integer.');
  return id;
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
