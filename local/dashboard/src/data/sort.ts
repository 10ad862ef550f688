// SPDX-License-Identifier: Apache-2.0

import { type Details, left, typeName } from './details';
import { byName, type Order } from './keys';

export type Column = 'name' | 'type' | 'size' | 'ttl';
export interface Sort { by: Column; down: boolean }

/** By what a key holds, so many keys can be sorted: all of them have to be asked for. */
export const mostSorted = 20_000;

/** Returns the next order when the head of a column is clicked: up, down, as found. */
export function nextSort(now: Sort | null, by: Column): Sort | null {
	if (now?.by !== by) return { by, down: false };
	return now.down ? null : { by, down: true };
}

/** Returns the order of keys. Keys that do not expire come after those that do. */
export function orderOf(sort: Sort | null, details: Details): Order {
	if (!sort) return (keys) => keys;
	const sign = sort.down ? -1 : 1;
	if (sort.by === 'name') return (keys) => keys.slice().sort(keys.length > mostSorted ? (a, b) => (a < b ? -sign : sign) : (a, b) => sign * byName(a, b));
	const now = Date.now();
	const rank = (key: string): number | string => {
		const detail = details.get(key);
		if (!detail) return sort.by === 'type' ? '' : 0;
		if (sort.by === 'type') return typeName(detail.type);
		if (sort.by === 'size') return detail.size;
		const ms = left(detail, now);
		return ms < 0 ? Infinity : ms;
	};
	return (keys) => keys.map((key) => ({ key, rank: rank(key) }))
		.sort((a, b) => (a.rank < b.rank ? -sign : a.rank > b.rank ? sign : a.key < b.key ? -1 : 1)).map(({ key }) => key);
}
