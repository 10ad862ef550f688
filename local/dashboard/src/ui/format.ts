// SPDX-License-Identifier: Apache-2.0

const counting = new Intl.NumberFormat('en');
export const count = (n: number) => counting.format(n);
/** A share of a whole, in percent. */
export function percent(part: number, whole: number): string {
	const share = (100 * part) / whole;
	if (share > 0 && share < 0.1) return '< 0.1%';
	return `${(share > 0 && share < 10) || (share > 99 && share < 100) ? share.toFixed(1) : Math.round(share)}%`;
}

export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export function bytes(n: number): string {
	if (n < 1024) return `${n} B`;
	const units = ['KB', 'MB', 'GB', 'TB'];
	let unit = -1;
	do { n /= 1024; unit++; } while (n >= 1024 && unit < units.length - 1);
	return `${n >= 100 ? Math.round(n) : n.toFixed(1).replace(/\.0$/, '')} ${units[unit]}`;
}

export function seconds(s: number): string {
	const parts: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
	const at = parts.findIndex(([size]) => s >= size);
	if (at < 0) return 'less than 1 s';
	const [size, unit] = parts[at]!;
	const rest = parts[at + 1];
	const more = rest ? Math.floor((s % size) / rest[0]) : 0;
	return `${Math.floor(s / size)} ${unit}${more && rest ? ` ${more} ${rest[1]}` : ''}`;
}

/** Names a project, as the first list does that has it: with its id where another has the same name. */
export function projectName(id: number, ...lists: { id: number; name: string }[][]): string {
	const all = lists.flat();
	const name = all.find((p) => p.id === id)?.name;
	if (name === undefined) return `Project ${id}`;
	return all.some((p) => p.name === name && p.id !== id) ? `${name} (${id})` : name;
}

export const millis = (ms: number) => (ms < 1 ? `${Math.round(ms * 1000)} µs` : ms < 100 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const times = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
export const date = (text: string) => dates.format(new Date(text));
export const time = (text: string) => times.format(new Date(text));

export function ago(text: string | null): string {
	if (!text) return 'never';
	const s = (Date.now() - Date.parse(text)) / 1000;
	return s < 60 ? 'just now' : s > 30 * 86400 ? date(text) : `${seconds(s).replace(/ \d+ (h|min|s)$/, '')} ago`;
}

/** Makes a sentence from a phrase of the API. */
export const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;
