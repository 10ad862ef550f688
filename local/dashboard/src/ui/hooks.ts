// SPDX-License-Identifier: Apache-2.0

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from '../api/client';
import { visible } from './odd';

export interface Loaded<T> {
	data: T | undefined;
	error: unknown;
	reload: () => void;
}

/** Loads something, keeps the old data during a reload, and reloads at an interval. */
export function useLoad<T>(load: () => Promise<T>, on: unknown[], every = 0): Loaded<T> {
	const [state, setState] = useState<{ data?: T; error?: unknown; on?: string }>({});
	const [turn, setTurn] = useState(0);
	const key = JSON.stringify(on);
	useEffect(() => {
		let current = true;
		load().then(
			(data) => current && setState({ data, on: key }),
			(error) => current && setState((s) => ({ error, on: key, ...(s.on === key && { data: s.data }) })),
		);
		return () => { current = false; };
	}, [key, turn]);
	useEffect(() => {
		const again = () => document.visibilityState === 'visible' && setTurn((t) => t + 1);
		window.addEventListener('reached', again);
		const timer = every ? setInterval(again, every * 1000) : undefined;
		return () => { window.removeEventListener('reached', again); clearInterval(timer); };
	}, [every]);
	const reload = useCallback(() => setTurn((t) => t + 1), []);
	const fresh = state.on === key;
	return { data: fresh ? state.data : undefined, error: fresh ? state.error : undefined, reload };
}

/** Runs one action of the user at a time, and keeps its error. */
export function useAct() {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>();
	const alive = useRef(true);
	useEffect(() => () => { alive.current = false; }, []);
	const act = async (f: () => Promise<unknown>) => {
		window.dispatchEvent(new Event('acting'));
		setBusy(true);
		setError(undefined);
		try {
			await f();
		} catch (e) {
			if (alive.current) setError(e);
		} finally {
			if (alive.current) setBusy(false);
		}
	};
	return { busy, error, act, clear: () => setError(undefined) };
}

/** Keeps what was said about an action, until the next one begins: that may fail. */
export function useSaid(): [string, (words: string) => void] {
	const [said, say] = useState('');
	useEffect(() => {
		const clear = () => say('');
		window.addEventListener('acting', clear);
		return () => window.removeEventListener('acting', clear);
	}, []);
	return [said, say];
}

export const denied = (error: unknown) => error instanceof Refusal && error.status === 403;

/** Sets the title of the window to the page. */
export function useTitle(title: string) {
	useEffect(() => { document.title = visible(`${title} · tempskv`); }, [title]);
}
