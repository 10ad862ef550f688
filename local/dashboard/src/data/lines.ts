// SPDX-License-Identifier: Apache-2.0
//
// The lines of an export: one key each, with its value as it is stored.

import { Fault, faultOf, membersOf, stringOf, wordsOf } from './json';

export interface Entry { line: number; key: string; json: string; expiresAt: number }

const longestLife = 1e12; // ms
const longestKey = 32 << 10; // bytes

/** Returns the key of a line, null for a line without one. Throws an error in words. */
export function entryOf(text: string, line: number): Entry | null {
	if (text.trim() === '') return null;
	let members: Map<string, string>;
	try {
		members = membersOf(text);
	} catch (fault) {
		if (!(fault instanceof Fault)) throw fault;
		throw new Error(/^\s*\{/.test(text) ? `not a JSON object (${wordsOf(text, fault).replace(/^line 1, /, '')})` : 'not a JSON object');
	}
	if (members.has('end')) return null;
	const key = stringOf(members.get('key') ?? '');
	if (key === null) throw new Error(members.has('key_base64') ? 'the key is not text: restore a backup instead' : 'it has no "key" that is a text');
	const length = new TextEncoder().encode(key).length;
	if (length === 0 || length > longestKey) throw new Error('a key must have 1 byte to 32 KB');
	const type = members.get('type');
	if (type !== undefined) throw new Error(`it is a ${stringOf(type) ?? 'value'} of Redis, which only a backup restores`);
	if (members.has('base64')) throw new Error('the value is not text: restore a backup instead');
	// What another client of Redis stored as plain text is a text from now on.
	const json = members.get('value') ?? (members.has('text') ? members.get('text')! : undefined);
	if (json === undefined) throw new Error('it has no "value"');
	const fault = faultOf(json);
	if (fault) throw new Error(fault.message);
	const expires = members.get('expires_at') ?? '0';
	if (!/^\d{1,16}$/.test(expires)) throw new Error('"expires_at" is not a time in milliseconds since 1970');
	if (Number(expires) - Date.now() > longestLife) throw new Error('it expires in more than 31 years');
	return { line, key, json, expiresAt: Number(expires) };
}

/** Calls each with the lines of a file and where they end in it, in bytes. */
export async function readLines(file: Blob, each: (line: string, number: number, offset: number) => Promise<boolean>): Promise<void> {
	const reader = file.stream().getReader();
	const decoder = new TextDecoder('utf-8', { fatal: true });
	let text = '';
	let number = 0;
	for (let offset = 0; ;) {
		const { done, value } = await reader.read();
		offset += value?.length ?? 0;
		try {
			text += decoder.decode(value, { stream: !done });
		} catch {
			throw new Error(`After line ${number} the file is not text in UTF-8.`);
		}
		const lines = text.split('\n');
		text = done ? '' : lines.pop()!;
		for (const line of lines) {
			number++;
			if (!(await each(line, number, offset))) {
				void reader.cancel();
				return;
			}
		}
		if (done) return;
	}
}
