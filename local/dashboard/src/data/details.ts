// SPDX-License-Identifier: Apache-2.0
//
// What keys hold: type, size and time to live. They are asked for when their rows are shown, many in one call.

import { type Schemas, store } from '../api/client';

export type Detail = Pick<Schemas['KeyDescription'], 'type' | 'size' | 'pttl'> & { at: number }; // at: when it was asked

const most = 1000; // keys of one call

/** Names of types, as the page shows them. */
const names: Record<string, string> = {
	object: 'object', array: 'list', string: 'text', number: 'number', boolean: 'true/false', null: 'null', none: 'gone', unknown: '–',
	list: 'Redis list', set: 'Redis set', zset: 'Redis sorted set', hash: 'Redis hash', stream: 'Redis stream',
};
export const typeName = (type: string) => names[type] ?? `Redis ${type}`;

const values = ['object', 'array', 'string', 'number', 'boolean', 'null', 'none', 'unknown'];

/** Reports whether only other clients of Redis can read it. */
export const isForeign = (type: string) => !values.includes(type);

/** Milliseconds that a key has left now: -1 if it does not expire, 0 or less if it is gone. */
export function left(detail: Detail, now: number): number {
	return detail.pttl < 0 ? (detail.pttl === -1 ? -1 : 0) : Math.max(0, detail.pttl - (now - detail.at));
}

export class Details {
	#known = new Map<string, Detail>();
	#wanted = new Set<string>();
	#running = false;

	constructor(readonly project: number, readonly changed: () => void) {}

	get(key: string): Detail | undefined { return this.#known.get(key); }

	forget(keys?: Iterable<string>) {
		if (!keys) this.#known.clear();
		else for (const key of keys) this.#known.delete(key);
	}

	/** Asks for those that are not known yet. What the rows showed before is asked for last. */
	want(keys: string[]) {
		this.#wanted = new Set(keys.filter((key) => !this.#known.has(key)));
		if (!this.#running && this.#wanted.size > 0) void this.#run();
	}

	async #run() {
		this.#running = true;
		try {
			while (this.#wanted.size > 0) {
				const keys = [...this.#wanted].slice(0, most);
				keys.forEach((key) => this.#wanted.delete(key));
				await this.#ask(keys);
				this.changed();
			}
		} catch {
			this.#wanted.clear(); // the rows stay without; the list itself reports what is wrong
		} finally {
			this.#running = false;
		}
	}

	async #ask(keys: string[], signal?: AbortSignal) {
		const found = await store(this.project).describe(keys, signal);
		const at = Date.now();
		found.forEach((detail, i) => this.#known.set(keys[i]!, { ...detail, at }));
	}

	/** Asks for all of them, and calls each with how many are known. */
	async all(keys: string[], signal: AbortSignal, each: (known: number) => void) {
		const missing = keys.filter((key) => !this.#known.has(key));
		for (let i = 0; i < missing.length && !signal.aborted; i += most) {
			await this.#ask(missing.slice(i, i + most), signal);
			each(keys.length - missing.length + Math.min(i + most, missing.length));
		}
	}
}
