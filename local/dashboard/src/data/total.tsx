// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { store } from '../api/client';
import { count, plural } from '../ui/format';

/** Up to so many keys are counted. */
const most = 1_000_000;

type Total = { keys: number; state: 'counting' | 'counted' | 'more' | 'unknown' };

/** Counts the keys of a project by its scan, for as long as it is shown. */
function useTotal(project: number): Total {
	const [total, setTotal] = useState<Total>({ keys: 0, state: 'counting' });
	useEffect(() => {
		const stop = new AbortController();
		const countAll = async () => {
			let keys = 0;
			for (let cursor: string | null = null; ;) {
				const page: { keys: string[]; cursor: string | null } = await store(project).scan('*', cursor, stop.signal);
				keys += page.keys.length;
				cursor = page.cursor;
				const state = cursor === null ? 'counted' : keys >= most ? 'more' : 'counting';
				if (stop.signal.aborted) return;
				setTotal({ keys, state });
				if (state !== 'counting') return;
			}
		};
		countAll().catch(() => { if (!stop.signal.aborted) setTotal({ keys: 0, state: 'unknown' }); });
		return () => stop.abort();
	}, [project]);
	return total;
}

/** Says how many keys a project has. */
export function Total({ project }: { project: number }) {
	const { keys, state } = useTotal(project);
	switch (state) {
		case 'counting': return <>all its keys ({count(keys)} so far…)</>;
		case 'counted': return <>{plural(keys, 'key')}</>;
		case 'more': return <>more than {count(most)} keys</>;
		case 'unknown': return <>all its keys, which cannot be counted now</>;
	}
}
