// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Details } from './details';
import { Keys, type Order } from './keys';
import { mostSorted, orderOf, type Sort } from './sort';

export const firstLoad = 1000; // keys; scrolling to the end loads the same number again

/** The keys of a pattern that were loaded so far. */
export function useKeys(project: number, pattern: string, round: number) {
	const keys = useMemo(() => new Keys(project, pattern), [project, pattern, round]);
	const [error, setError] = useState<unknown>();
	const [loading, setLoading] = useState(false);
	const [bump, setBump] = useState(0);
	const running = useRef<AbortController | undefined>(undefined);
	const refresh = () => setBump((n) => n + 1);
	const load = (more: number) => {
		if (running.current || keys.done) return;
		const control = new AbortController();
		running.current = control;
		setLoading(true);
		setError(undefined);
		let painting: ReturnType<typeof setTimeout> | undefined;
		keys.load(more, control.signal, () => {
			painting ??= setTimeout(() => { painting = undefined; refresh(); }, 150);
		}).catch((e) => { if (!control.signal.aborted) setError(e); }).finally(() => {
			clearTimeout(painting);
			if (running.current !== control) return;
			running.current = undefined;
			setLoading(false);
			refresh();
		});
	};
	const stop = () => running.current?.abort();
	useEffect(() => {
		load(firstLoad);
		return () => { running.current?.abort(); running.current = undefined; };
	}, [keys]);
	return { keys, error, loading, load, stop, refresh, bump };
}

/** What the keys hold, and their order. While keys are loaded, they are shown in the order in which they come. */
export function useDetails(project: number, keys: Keys, loading: boolean, bump: number) {
	const [known, setKnown] = useState(0); // rises with what is known
	const details = useMemo(() => new Details(project, () => setKnown((n) => n + 1)), [keys]);
	const [sort, setSort] = useState<Sort | null>(null);
	const [asked, setAsked] = useState<number | null>(null); // keys whose details are known, while they are asked for
	const needed = sort !== null && sort.by !== 'name' && !loading;
	const tooMany = needed && keys.flat.length > mostSorted;
	useEffect(() => {
		if (!needed || tooMany) return;
		const stop = new AbortController();
		setAsked(0);
		details.all(keys.flat, stop.signal, setAsked).catch(() => {}).finally(() => {
			if (stop.signal.aborted) return;
			setAsked(null);
			setKnown((n) => n + 1);
		});
		return () => { stop.abort(); setAsked(null); };
	}, [details, sort, needed, tooMany, bump]);
	const sorted = sort !== null && !loading && !tooMany && asked === null;
	const named = sort === null && keys.done && keys.flat.length <= mostSorted; // in no order that was asked for
	// Not on what is learned about rows in sight: they would jump.
	const order = useMemo<Order>(() => orderOf(sorted ? sort : named ? { by: 'name', down: false } : null, details), [sorted, named, sort, details, bump]);
	return { details, known, sort, setSort, order, asked, tooMany };
}
