// SPDX-License-Identifier: Apache-2.0

import { failure } from './error.js';

/** How a client reaches its server. What is left out comes from the environment, where there is one. */
export interface KVClientConfig {
  /** The address of the server, with or without `/api` at its end. Default: `TEMPS_API_URL`. */
  baseUrl?: string | undefined;
  /** The same as `baseUrl`, which goes before it. */
  apiUrl?: string | undefined;
  /** A deployment token or an API key. Default: `TEMPS_TOKEN`, else `TEMPS_DEPLOYMENT_TOKEN`. */
  token?: string | undefined;
  /** The project, which an API key has to name and a deployment token has by itself. Default: `TEMPS_PROJECT_ID`. */
  projectId?: number | undefined;
  /** Milliseconds that a call may take with all its repetitions; 0 for no limit. Default: 30000. */
  timeout?: number | undefined;
  /** How often a call is repeated at most, where that is safe. Default: 3. */
  retries?: number | undefined;
  /**
   * Whether `set`, `mset`, `del`, `incr` and `decr` carry an Idempotency-Key, so that they can be repeated whatever
   * happened. Set it to false where the server knows none: the KV service of Temps. Default: true.
   */
  idempotency?: boolean | undefined;
  /** What to call instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** What each call may be given. */
export interface CallOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that this call may take, instead of those of the client. */
  timeout?: number | undefined;
}

/** A {@link KVClientConfig} with nothing left out but the project of a deployment token. */
export interface Target extends Required<Omit<KVClientConfig, 'baseUrl' | 'apiUrl'>> {
  /** What the paths of the operations are below. */
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

/** Fills a configuration in. Throws a KVError where something is missing or wrong. */
export function resolve(config: KVClientConfig): Target {
  const baseUrl = config.baseUrl || config.apiUrl || environment('TEMPS_API_URL');
  const token = config.token || environment('TEMPS_TOKEN') || environment('TEMPS_DEPLOYMENT_TOKEN');
  if (!baseUrl) throw missing('baseUrl', 'TEMPS_API_URL');
  if (!token) throw missing('token', 'TEMPS_TOKEN or TEMPS_DEPLOYMENT_TOKEN');
  return {
    url: address(baseUrl),
    token: token.trim(), // secrets are often kept with a line break
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

/** Returns what the paths of the operations are below: with one /api, whatever the base URL ends in. */
function address(baseUrl: string): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw invalid('baseUrl is not a URL such as https://kv.example.com.');
  }
  if (!/^https?:$/.test(url.protocol) || url.username) {
    throw invalid('baseUrl must begin with http:// or https://, and hold no user name.');
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
 * Looks up a variable where the runtime has an environment: browsers and some edge workers have none, and Deno asks
 * for leave. Bundlers do not replace what is looked up by name, so that no token ends in a page unnoticed.
 */
function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.[name];
  } catch {
    return undefined;
  }
}
