// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { store } from '../api/client';
import { count, plural } from '../ui/format';
import { useAct } from '../ui/hooks';
import { Confirm } from '../ui/parts';
import { Keys } from './keys';

/** From so many keys on, their number has to be typed. */
const many = 100;

/** Deletes the selected keys, or all that match a pattern: counts them first, then deletes them in batches. */
export function Remove({ project, what, onGone, onClose }: { project: number; what: string[] | string; onGone: (gone: string[]) => void; onClose: () => void }) {
	const [found, setFound] = useState<string[] | null>(typeof what === 'string' ? null : what);
	const [counted, setCounted] = useState(0);
	const [deleted, setDeleted] = useState(0);
	const { busy, error, act } = useAct();
	useEffect(() => {
		if (typeof what !== 'string') return;
		const keys = new Keys(project, what);
		const stop = new AbortController();
		void act(async () => {
			await keys.load(Infinity, stop.signal, () => setCounted(keys.flat.length));
			setFound(keys.flat);
		});
		return () => stop.abort();
	}, []);
	const remove = () => act(async () => {
		for (let i = 0; i < found!.length; i += 1000) {
			await store(project).del(found!.slice(i, i + 1000));
			setDeleted(Math.min(i + 1000, found!.length));
		}
		onGone(found!);
	});
	const title = found ? `Delete ${plural(found.length, 'key')}?` : 'Counting keys…';
	return (
		<Confirm title={title} action="Delete" {...(found && found.length >= many ? { word: String(found.length) } : {})} busy={busy || !found || found.length === 0} error={error} onYes={remove} onClose={onClose}>
			{typeof what === 'string' && <p>Keys that match <code>{what}</code></p>}
			{!found ? <p role="status">{count(counted)} so far…</p> : deleted > 0 ? <p role="status">{count(deleted)} of {count(found.length)} deleted…</p> : <p>This cannot be undone.</p>}
		</Confirm>
	);
}
