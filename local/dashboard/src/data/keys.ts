// SPDX-License-Identifier: Apache-2.0
//
// The keys that a scan has shown so far, flat and as a tree by ":". A million of them are added page by page, and only
// the visible rows are ever created.

import { store } from '../api/client';

/** The most folders that a key is in. Its name goes on in the last one: a key may have thousands of colons. */
const deepest = 32;

export interface Folder {
	prefix: string; // of the keys in it, with its ":"
	name: string;
	count: number;
	folders: Map<string, Folder>;
	keys: string[]; // that are not in a folder below it
}

const folder = (prefix: string, name: string): Folder => ({ prefix, name, count: 0, folders: new Map(), keys: [] });

export type Row = { depth: number } & ({ folder: Folder; key?: undefined } | { key: string; name: string; folder?: undefined });

const natural = new Intl.Collator('en', { numeric: true });

/** Compares names; numbers in them count as numbers. */
export const byName = (a: string, b: string) => natural.compare(a, b) || (a < b ? -1 : 1);

/** Returns keys in an order. */
export type Order = (keys: string[]) => string[];

/** Rows that are created on demand. */
export interface Rows { length: number; at(i: number): Row }

export class Keys {
	readonly flat: string[] = [];
	readonly root = folder('', '');
	done = false;
	#seen = new Set<string>();
	#cursor: string | null = null;

	constructor(readonly project: number, readonly pattern: string) {}

	/** Loads pages until there are that many more keys, no keys are left, or the signal ends it. */
	async load(more: number, signal: AbortSignal, each: () => void): Promise<void> {
		for (const enough = this.flat.length + more; !this.done && this.flat.length < enough && !signal.aborted; each()) {
			const page = await store(this.project).scan(this.pattern, this.#cursor, signal);
			page.keys.forEach((key) => this.add(key));
			this.#cursor = page.cursor;
			this.done = page.cursor === null;
		}
	}

	add(key: string) {
		if (this.#seen.has(key)) return; // a scan may show a key again
		this.#seen.add(key);
		this.flat.push(key);
		let at = this.root;
		at.count++;
		for (const prefix of foldersOf(key)) {
			const name = prefix.slice(at.prefix.length);
			let next = at.folders.get(name);
			if (!next) at.folders.set(name, next = folder(prefix, name));
			at = next;
			at.count++;
		}
		at.keys.push(key);
	}

	remove(gone: Set<string>) {
		const rest = this.flat.filter((key) => !gone.has(key));
		this.flat.length = 0;
		this.#seen.clear();
		Object.assign(this.root, folder('', ''));
		rest.forEach((key) => this.add(key));
	}

	/** All keys, in the order of the scan or sorted. */
	list(sorted: Order): Rows {
		const all = sorted(this.flat);
		return { length: all.length, at: (i) => ({ depth: 0, key: all[i]!, name: all[i]! }) };
	}

	/** The open folders and their content. */
	tree(open: Set<string>, sorted: Order): Rows {
		const parts: { first: number; length: number; at: (i: number) => Row }[] = [];
		let length = 0;
		const put = (n: number, at: (i: number) => Row) => { parts.push({ first: length, length: n, at }); length += n; };
		const walk = (f: Folder, depth: number) => {
			for (const inner of [...f.folders.values()].sort((a, b) => byName(a.name, b.name))) {
				put(1, () => ({ depth, folder: inner }));
				if (open.has(inner.prefix)) walk(inner, depth + 1);
			}
			const keys = sorted(f.keys);
			put(keys.length, (i) => ({ depth, key: keys[i]!, name: keys[i]!.slice(f.prefix.length) }));
		};
		walk(this.root, 0);
		return {
			length,
			at(i) {
				let low = 0;
				for (let high = parts.length - 1; low < high;) {
					const middle = (low + high + 1) >> 1;
					if (parts[middle]!.first <= i) low = middle; else high = middle - 1;
				}
				return parts[low]!.at(i - parts[low]!.first);
			},
		};
	}
}

/** Returns all keys in a folder and in those below it. */
export function keysIn(f: Folder, found: string[] = []): string[] {
	for (const key of f.keys) found.push(key);
	for (const inner of f.folders.values()) keysIn(inner, found);
	return found;
}

/** Returns the folders that a key is in. */
export function foldersOf(key: string): string[] {
	const folders: string[] = [];
	for (let colon = key.indexOf(':'); folders.length < deepest && colon >= 0 && colon < key.length - 1; colon = key.indexOf(':', colon + 1)) folders.push(key.slice(0, colon + 1));
	return folders;
}

/** Returns the glob that matches only the keys with that prefix. */
export const beginningWith = (text: string) => text.replace(/[\\*?[\]]/g, '\\$&') + '*';

/** Returns the beginning that a glob asks for, null if it asks for more than that. */
export function beginningOf(pattern: string): string | null {
	if (!/^(?:[^\\*?[\]]|\\[\\*?[\]])+\*$/.test(pattern)) return null;
	return pattern.slice(0, -1).replace(/\\(.)/g, '$1');
}
