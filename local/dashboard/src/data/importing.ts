// SPDX-License-Identifier: Apache-2.0

import { Refusal, store } from '../api/client';
import { entryOf, type Entry, readLines } from './lines';

const batch = 1000; // keys of one call
const batchBytes = 4 << 20;

export interface Report {
	keys: number; // imported
	kept: number; // that existed already
	expired: number; // before they could be imported
	faults: { line: number; words: string }[]; // the first ones
	refused: number; // lines
	offset: number; // in the file
}

const mostFaults = 100;

/** Imports the lines of a file in calls of many keys. Lines that cannot be imported are reported, and left out. */
export class Import {
	report: Report = { keys: 0, kept: 0, expired: 0, faults: [], refused: 0, offset: 0 };
	#entries: Entry[] = [];
	#bytes = 0;

	constructor(readonly project: number, readonly keep: boolean, readonly signal: AbortSignal, readonly changed: (report: Report) => void) {}

	async run(file: Blob): Promise<void> {
		await readLines(file, async (text, line, offset) => {
			this.report.offset = offset;
			const entry = this.#entryOf(text, line);
			if (entry) await this.#add(entry, text.length);
			return !this.signal.aborted;
		});
		if (!this.signal.aborted) await this.#send();
	}

	#entryOf(text: string, line: number): Entry | null {
		try {
			return entryOf(text, line);
		} catch (error) {
			this.#refuse(line, (error as Error).message);
			return null;
		}
	}

	async #add(entry: Entry, size: number) {
		this.#entries.push(entry);
		this.#bytes += size;
		if (this.#entries.length >= batch || this.#bytes >= batchBytes) await this.#send();
	}

	#refuse(line: number, words: string) {
		this.report.refused++;
		if (this.report.faults.length < mostFaults) this.report.faults.push({ line, words });
	}

	async #send() {
		let entries = this.#entries;
		this.#entries = [];
		this.#bytes = 0;
		if (this.keep && entries.length > 0) {
			const there = await store(this.project).describe(entries.map((e) => e.key), this.signal);
			const before = entries.length;
			entries = entries.filter((_, i) => there[i]!.type === 'none');
			this.report.kept += before - entries.length;
		}
		for (let refused = true; refused && entries.length > 0;) {
			const now = Date.now();
			const live = entries.filter((e) => e.expiresAt === 0 || e.expiresAt > now);
			this.report.expired += entries.length - live.length;
			entries = live;
			if (live.length === 0) break;
			const lines = await this.#mset(live, now);
			entries = entries.filter((e) => !lines.has(e.line));
			refused = lines.size > 0;
		}
		this.changed({ ...this.report });
	}

	/** Stores entries, all or none, and returns the lines that are refused. */
	async #mset(entries: Entry[], now: number): Promise<Set<number>> {
		try {
			await store(this.project).mset(entries.map(({ key, json, expiresAt }) => ({ key, json, ...(expiresAt && { px: expiresAt - now }) })), this.signal);
			this.report.keys += entries.length;
			return new Set();
		} catch (error) {
			const lines = new Set<number>();
			for (const { location, message } of (error instanceof Refusal && error.problem.errors) || []) {
				const entry = entries[Number(/entries\[(\d+)\]/.exec(location)?.[1] ?? -1)];
				if (!entry || lines.has(entry.line)) continue;
				lines.add(entry.line);
				this.#refuse(entry.line, message);
			}
			if (lines.size === 0) throw error;
			return lines;
		}
	}
}
