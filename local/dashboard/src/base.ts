// SPDX-License-Identifier: Apache-2.0
//
// The base path of the server, which is set with --base-path. Its scripts are in a folder of it.

const script = import.meta.url;

/** Empty, or such as /kv. */
export const base = new URL('..', script).pathname.slice(0, -1);

/** Returns the address of a path of the server. */
export const at = (path: string) => base + path;

/** Moves an address that lacks the base path below it: it was opened without the proxy that adds it. */
export function enterBase() {
	const { pathname, search, hash } = location;
	if (!`${pathname}/`.startsWith(`${base}/`)) history.replaceState(null, '', at(pathname) + search + hash);
}
