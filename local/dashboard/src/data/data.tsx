// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Schemas } from '../api/client';
import { useCan } from '../session';
import { count, plural } from '../ui/format';
import { useShortcuts } from '../ui/keyboard';
import { Dialog, Empty, Problem, Switch, Waiting } from '../ui/parts';
import { Bulk, type Job } from './bulk';
import { AddKey } from './edit';
import { beginningOf, beginningWith, type Folder, foldersOf, keysIn } from './keys';
import { List } from './list';
import { firstLoad, useDetails, useKeys } from './loading';
import { Search } from './search';
import { mostSorted, nextSort } from './sort';
import { Export, ImportKeys } from './transfer';
import { Value } from './value';

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
	const [round, setRound] = useState(0); // of reading all keys again
	const { keys, error, loading, load, stop, refresh, bump } = useKeys(project.id, pattern, round);
	const { details, sort, setSort, order, asked, tooMany } = useDetails(project.id, keys, loading, bump);
	const [open, setOpen] = useState(() => new Set(foldersOf(key ?? '')));
	const { chosen, chosenIn, choose, clear } = useChosen(keys);
	const [dialog, setDialog] = useState<'add' | 'import' | 'export' | Job>();
	const rows = useMemo(() => (view === 'flat' ? keys.list(order) : keys.tree(open, order)), [keys, bump, view, open, order]);
	const close = () => setDialog(undefined);
	const gone = (names: string[]) => {
		keys.remove(new Set(names));
		details.forget(names);
		clear();
		refresh();
		if (key !== null && names.includes(key)) go({ key: null }, true);
	};
	const changed = (names: string[]) => { details.forget(names); refresh(); };
	const toggle = (prefix: string, yes: boolean) => {
		const next = new Set(open);
		if (yes) next.add(prefix); else next.delete(prefix);
		setOpen(next);
	};
	useShortcuts({
		'/': () => document.getElementById('pattern')?.focus(),
		Escape: () => { if (chosen.size > 0) clear(); else if (key !== null) go({ key: null }); },
	});
	const kind = chosen.size > 0 ? `${count(chosen.size)} chosen` : 'matching';
	const what = chosen.size > 0 ? [...chosen] : pattern;
	return (
		<div class={`browser ${key !== null ? 'open' : ''}`}>
			<section class="card flush" aria-label="Keys">
				<div class="bar-top">
					<Search pattern={typed} onSearch={(p) => go({ pattern: p || null, key: null })} onDown={() => document.querySelector<HTMLElement>('.list [data-index] button')?.focus()} />
					<div class="row">
						<Switch label="View" value={view} options={[['tree', 'Tree'], ['flat', 'Flat']]} onChoose={(v) => go({ view: v === 'tree' ? null : v }, true)} />
						<span class="row push">
							<button type="button" class="small" onClick={() => setDialog('export')}>Export</button>
							{writable && <><button type="button" class="small" onClick={() => setDialog('import')}>Import</button>
								<button type="button" class="small primary" onClick={() => setDialog('add')}>Add key</button></>}
						</span>
					</div>
					{writable && keys.flat.length > 0 && (chosen.size > 0 || typed !== '') && (
						<div class="row bulk" role="group" aria-label="Several keys">
							<span class="small">{chosen.size > 0 ? <>{plural(chosen.size, 'key')} chosen</> : 'All that match'}</span>
							{chosen.size > 0 && <button type="button" class="small quiet" onClick={clear}>Clear</button>}
							<span class="row push">
								<button type="button" class="small" aria-label={`Expire ${kind}`} onClick={() => setDialog('expire')}>Expire</button>
								<button type="button" class="small danger" aria-label={`Delete ${kind}`} onClick={() => setDialog('delete')}>Delete</button>
							</span>
						</div>
					)}
				</div>
				{error ? <div class="pane"><Problem error={error} /><button type="button" onClick={() => load(firstLoad)}>Try again</button></div> : rows.length === 0 ? (
					<div class="pane">{loading || !keys.done ? <Waiting what="keys" /> : <Nothing pattern={pattern} onSearch={(p) => go({ pattern: p })} />}</div>
				) : (
					<List rows={rows} details={details} open={open} current={key} chosen={chosen} chosenIn={chosenIn} sort={sort} onSort={(by) => setSort(nextSort(sort, by))}
						onEnd={() => load(firstLoad)} onShow={(k) => go({ key: k })} onOpen={toggle} onChoose={choose} />
				)}
				<div class="bar-end">
					<span role="status" data-testid="count">{plural(keys.flat.length, 'key')}{keys.done ? '' : ' so far'}</span>
					{asked !== null && <span role="status">Sorting: {count(asked)} of {count(keys.flat.length)} looked up…</span>}
					{tooMany && <span role="status">Not sorted: there are more than {count(mostSorted)} keys. Find fewer of them first.</span>}
					{!keys.done && (loading ? <button type="button" class="small push" onClick={stop}>Stop</button> : <button type="button" class="small push" onClick={() => load(Infinity)}>Load all</button>)}
				</div>
			</section>
			<section class="card flush" aria-label="Chosen key">
				<div class="pane">
					{key === null ? <Empty title="No key chosen"><p>Choose a key to see its value.</p></Empty>
						: <Value key={key} project={project.id} name={key} writable={writable} onBack={() => go({ key: null })} onGone={(k) => gone([k])} onChange={(k) => changed([k])} />}
				</div>
			</section>
			{dialog === 'add' && <Dialog title="Add a key" onClose={close}><AddKey project={project.id} onClose={close} onDone={(k) => { keys.add(k); changed([k]); close(); go({ key: k }); }} /></Dialog>}
			{dialog === 'import' && <ImportKeys project={project.id} onClose={close} onDone={() => { close(); setRound(round + 1); }} />}
			{dialog === 'export' && <Export project={project} onClose={close} />}
			{(dialog === 'delete' || dialog === 'expire') && <Bulk project={project.id} job={dialog} what={what} onClose={close} onDone={(names) => { close(); if (dialog === 'delete') gone(names); else changed(names); }} />}
		</div>
	);
}

/** The keys that the user has chosen, and how many of them are in each folder. */
function useChosen(keys: unknown) {
	const [chosen, setChosen] = useState(new Set<string>());
	useEffect(() => setChosen(new Set()), [keys]);
	const chosenIn = useMemo(() => {
		const counts = new Map<string, number>();
		for (const key of chosen) for (const folder of foldersOf(key)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
		return counts;
	}, [chosen]);
	const choose = (what: string[] | Folder, yes: boolean) => {
		const next = new Set(chosen);
		for (const key of Array.isArray(what) ? what : keysIn(what)) if (yes) next.add(key); else next.delete(key);
		setChosen(next);
	};
	return { chosen, chosenIn, choose, clear: () => setChosen(new Set()) };
}

/** No key matches. If only the beginning was asked for, the text may be elsewhere in a key. */
function Nothing({ pattern, onSearch }: { pattern: string; onSearch: (pattern: string) => void }) {
	const beginning = beginningOf(pattern);
	if (pattern === '*') return <Empty title="No keys yet"><p>Add the first one here, or from an application: Connect shows how.</p></Empty>;
	if (beginning !== null) {
		return (
			<Empty title="No key matches">
				<p>No key begins with <code>{beginning}</code>.</p>
				<button type="button" onClick={() => onSearch(`*${beginningWith(beginning)}`)}>Find keys that contain it</button>
			</Empty>
		);
	}
	return <Empty title="No key matches"><p>In a pattern, * stands for any text, ? for any character, and [abc] for one of these.</p></Empty>;
}
