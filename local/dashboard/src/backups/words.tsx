// SPDX-License-Identifier: Apache-2.0
//
// Backups and the results of jobs, in words.

import type { Schemas } from '../api/client';
import { plural } from '../ui/format';

/** Says how often, in days where it can. */
export function every(hours: number): string {
	const [n, unit] = hours % 24 ? [hours, 'hour'] : [hours / 24, 'day'];
	return n === 1 ? `every ${unit}` : `every ${plural(n, unit)}`;
}

export function verified(id: string, v: Schemas['Verification']) {
	if (!v.ok) return <>Backup <code>{id}</code> is not whole: {v.problem}.</>;
	return (
		<>
			Backup <code>{id}</code> is whole: {plural(v.keys, 'key')}{v.expired > 0 && `, of which ${v.expired} expired since`}.
			{v.types.length > 0 && ` It has keys of type ${v.types.join(', ')}, which can only be restored into a Redis.`}
		</>
	);
}

export function restored(id: string, r: Schemas['Restored']) {
	return (
		<>
			{plural(r.keys, 'key')} of backup <code>{id}</code> {r.keys === 1 ? 'is' : 'are'} restored.
			{r.expired > 0 && ` ${plural(r.expired, 'key')} had expired.`}
			{r.changed > 0 && ` ${plural(r.changed, 'key')} ${r.changed === 1 ? 'was' : 'were'} changed by others during the restore.`}
			{r.before && <> What was replaced is in backup <code>{r.before}</code>.</>}
		</>
	);
}
