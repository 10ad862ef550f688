// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Schemas } from '../api/client';
import { useCan } from '../session';
import { count, plural } from '../ui/format';
import { Dialog, Empty, Problem, Switch } from '../ui/parts';
import { beginningWith, foldersOf, Keys } from './keys';
import { List } from './list';
import { Remove } from './remove';
import { AddKey, Value } from './value';

const firstLoad = 1000; // keys; scrolling to the end loads the same number again

/** The data browser. Its state is in the address: pattern, view and key. */
export function Data({ project }: { project: Schemas['Project'] }) {
	const { query, route, path } = useLocation();
	const writable = useCan('KvWrite');
	const typed = query.pattern || ''; // nothing shows every key, and deletes none
	const pattern = typed || '*';
	const key = query.key ?? null;
	const view = query.view === 'flat' ? 'flat' : 'tree';
	const go = (change: Record<string, string | null>, replace = false) => {
		const next = new URLSearchParams(query);
		for (const [name, value] of Object.entries(change)) value === null ? next.delete(name) : next.set(name, value);
		route(`${path}${next.size ? `?${next}` : ''}`, replace);
	};
	const { keys, error, loading, load, stop, refresh, bump } = useKeys(project.id, pattern);
	const [open, setOpen] = useState(() => new Set(foldersOf(key ?? '')));
	const [chosen, setChosen] = useState(new Set<string>());
	const [adding, setAdding] = useState(false);
	const [removing, setRemoving] = useState<string[] | string>();
	useEffect(() => setChosen(new Set()), [pattern, project.id]);
	const rows = useMemo(() => (view === 'flat' ? keys.list() : keys.tree(open)), [keys, bump, view, open]);
	const gone = (names: string[]) => {
		keys.remove(new Set(names));
		setChosen(new Set());
		setRemoving(undefined);
		refresh();
		if (key !== null && names.includes(key)) go({ key: null }, true);
	};
	const toggle = (set: Set<string>, name: string, yes = !set.has(name)) => {
		const next = new Set(set);
		if (yes) next.add(name); else next.delete(name);
		return next;
	};
	return (
		<div class={`browser ${key !== null ? 'open' : ''}`}>
			<section class="card flush" aria-label="Keys">
				<div class="bar-top">
					<Search key={typed} pattern={typed} onSearch={(p) => go({ pattern: p || null, key: null })} />
					<div class="row">
						<Switch label="View" value={view} options={[['tree', 'Tree'], ['flat', 'Flat']]} onChoose={(v) => go({ view: v === 'tree' ? null : v }, true)} />
						{writable && <span class="row push">
							<button type="button" class="small danger" disabled={keys.flat.length === 0 || (chosen.size === 0 && typed === '')} title={chosen.size || typed ? undefined : 'Find keys by a pattern first: those that match it are deleted. * is every key.'} onClick={() => setRemoving(chosen.size ? [...chosen] : pattern)}>{chosen.size ? `Delete ${count(chosen.size)} chosen` : 'Delete matching'}</button>
							<button type="button" class="small primary" onClick={() => setAdding(true)}>Add key</button></span>}
					</div>
				</div>
				{error ? <div class="pane"><Problem error={error} /><button type="button" onClick={() => load(firstLoad)}>Try again</button></div> : rows.length === 0 ? (
					<div class="pane">{loading || !keys.done ? <p class="waiting" role="status">Loading keys…</p> : <Empty title={pattern === '*' ? 'No keys yet' : 'No key matches'}>
						<p>{pattern === '*' ? 'Add the first one here or from an application: see Connect.' : '* stands for any text, ? for one character, [a-c] for one of a few.'}</p></Empty>}</div>
				) : (
					<List rows={rows} open={open} current={key} chosen={chosen} onEnd={() => load(firstLoad)} onShow={(k) => go({ key: k })}
						onOpen={(prefix) => setOpen(toggle(open, prefix))} onChoose={(k, yes) => setChosen(toggle(chosen, k, yes))} />
				)}
				<div class="bar-end">
					<span role="status" data-testid="count">{plural(keys.flat.length, 'key')}{keys.done ? '' : ' so far'}</span>
					{!keys.done && (loading ? <button type="button" class="small push" onClick={stop}>Stop</button> : <button type="button" class="small push" onClick={() => load(Infinity)}>Load all</button>)}
				</div>
			</section>
			<section class="card flush" aria-label="Value">
				<div class="pane">
					{key === null ? <Empty title="No key chosen"><p>Choose a key to see its value.</p></Empty> : <Value key={key} project={project.id} name={key} writable={writable} onBack={() => go({ key: null })} onGone={(k) => gone([k])} />}
				</div>
			</section>
			{adding && <Dialog title="Add a key" onClose={() => setAdding(false)}><AddKey project={project.id} onClose={() => setAdding(false)} onDone={(k) => { keys.add(k); refresh(); setAdding(false); go({ key: k }); }} /></Dialog>}
			{removing !== undefined && <Remove project={project.id} what={removing} onGone={gone} onClose={() => setRemoving(undefined)} />}
		</div>
	);
}

/** The keys of a pattern that were loaded so far. */
function useKeys(project: number, pattern: string) {
	const keys = useMemo(() => new Keys(project, pattern), [project, pattern]);
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
		let painted = performance.now();
		keys.load(more, control.signal, () => {
			if (performance.now() - painted < 150) return;
			painted = performance.now();
			refresh();
		}).catch((e) => { if (!control.signal.aborted) setError(e); }).finally(() => {
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

function Search({ pattern, onSearch }: { pattern: string; onSearch: (pattern: string) => void }) {
	const [text, setText] = useState(pattern);
	// A word without a wildcard is searched for at the beginning of keys.
	const search = () => onSearch(text === '' || /[*?[\\]/.test(text) ? text : beginningWith(text));
	return (
		<form role="search" onSubmit={(e) => { e.preventDefault(); search(); }}>
			<label class="hidden" for="pattern">Pattern</label>
			<input id="pattern" type="search" placeholder="user:* or the beginning of a key" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
			<button>Find</button>
		</form>
	);
}
