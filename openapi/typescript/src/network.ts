// SPDX-License-Identifier: Apache-2.0

/** What Node.js, Bun and Deno say of a connection that was not made, so nothing was sent over it. */
const unconnected =
  /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|CONNECT_TIMEOUT|connect ETIMEDOUT|Connection ?Refused|FailedToOpenSocket|\(Connect\)/i;

/** The same, where waiting does not help: no such host, a certificate that is not trusted, a runtime without `cache`. */
const hopeless = /ENOTFOUND|_CERT|CERT_|SELF_SIGNED|ERR_TLS|ERR_SSL|UNABLE_TO_VERIFY|'cache' field/i;

/** What `fetch` says of a request without an answer. */
export interface Loss {
  /** The reason, in words. */
  why: string;
  /** Whether the request may have been sent. */
  sent: boolean;
  /** Whether the next request would fail like this one. */
  lasting: boolean;
}

/** Finds out what an error of `fetch` means. */
export function unreached(error: unknown): Loss {
  const outer = Object(error) as Reason;
  const { cause } = outer; // Node.js has the reason in the cause, and there may be one for each address of the host
  const why = cause?.message || cause?.errors?.[0]?.message || outer.message || `${error}`;
  const said = [outer.code, outer.message, cause?.code, why].join(' ');
  const lasting = hopeless.test(said);
  const advice = /'cache' field/.test(said) ? ' Give the client the option cache: false.' : '';
  return { why: why + advice, sent: !lasting && !unconnected.test(said), lasting };
}

interface Reason {
  code?: string;
  message?: string;
  errors?: Reason[];
  cause?: Reason;
}

/** Reports whether an error is not about the call but tells a framework something: those of Next.js and React. */
export function passes(error: unknown): boolean {
  return typeof error === 'object' && error !== null && ('digest' in error || '$$typeof' in error);
}

/**
 * Says what to do if this is a page, the server is there, and the browser does not let the page call it; undefined if
 * not. The browser tells a page no more than that a request failed, so this asks without permission to read the answer.
 */
export async function refusedByBrowser(url: string): Promise<string | undefined> {
  const here = globalThis.location?.origin;
  if (!here?.startsWith('http') || here === new URL(url).origin) return undefined;
  await fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit' });
  return `The browser refuses the request because the server does not allow the origin of the page: start the server with --cors-origin ${here}.`;
}

/**
 * Makes Next.js render a page for each request, not when it is built, where there may be no environment. It does so when
 * an answer must not be cached, be it of a URL that nothing is sent for. Elsewhere this has no effect.
 */
export async function notInBuild(): Promise<void> {
  try {
    await fetch('data:,', { cache: 'no-store' });
  } catch (error) {
    if (passes(error)) throw error;
  }
}
