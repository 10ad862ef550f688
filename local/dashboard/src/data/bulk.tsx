// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import { store } from '../api/client';
import { DurationField, durationOf, secondsOf } from '../ui/duration';
import { count, plural } from '../ui/format';
import { useAct } from '../ui/hooks';
import { Dialog, Problem, Switch, Text } from '../ui/parts';
import { Keys } from './keys';

/** From so many keys on, their number has to be typed before they are deleted. */
const many = 100;
const batch = 1000; // keys of one call
const parallel = 8; // calls, where a call is about one key
const examples = 6;

export type Job = 'delete' | 'expire';

interface Props {
	project: number;
	job: Job;
	what: string[] | string; // keys, or a pattern
	onDone: (keys: string[]) => void; // those that were changed
	onClose: () => void;
}

/** Deletes keys, or changes when they expire: shows first which, then how far it is. It can be stopped at any time. */
export function Bulk({ project, job, what, onDone, onClose }: Props) {
	const { found, counted, error: searchError } = useFound(project, what);
	const [done, setDone] = useState(0);
	const [stopped, setStopped] = useState(false);
	const [typed, setTyped] = useState('');
	const [forever, setForever] = useState(false);
	const [life, setLife] = useState(durationOf(3600));
	const { busy, error, act } = useAct();
	const stop = useRef(false);
	const changed = useRef<string[]>([]);
	useEffect(() => () => { stop.current = true; }, []);
	const run = () => act(async () => {
		const kv = store(project);
		const step = job === 'delete' ? batch : parallel;
		for (let i = changed.current.length; i < found!.length && !stop.current; i += step) {
			const some = found!.slice(i, i + step);
			if (job === 'delete') await kv.del(some);
			else await Promise.all(some.map((key) => (forever ? kv.persist(key) : kv.expire(key, secondsOf(life)))));
			changed.current.push(...some);
			setDone(changed.current.length);
		}
		if (stop.current) setStopped(true);
		else onDone(changed.current);
	});
	const close = () => {
		stop.current = true;
		if (changed.current.length > 0) onDone(changed.current);
		else onClose();
	};
	const verb = job === 'delete' ? 'Delete' : 'Change';
	const past = job === 'delete' ? 'deleted' : 'changed';
	const n = found?.length ?? 0;
	const word = job === 'delete' && n >= many ? String(n) : undefined;
	const title = !found ? 'Finding keys…' : n === 0 ? 'No key matches' : job === 'delete' ? `Delete ${plural(n, 'key')}?` : `When ${n === 1 ? 'does 1 key' : `do ${count(n)} keys`} expire?`;
	return (
		<Dialog title={title} onClose={close}>
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void run(); }}>
				{typeof what === 'string' && <p>Keys that match <code>{what}</code></p>}
				{!found ? <p role="status">{count(counted)} so far…</p> : <Preview keys={found} />}
				{found && n > 0 && !busy && !stopped && job === 'expire' && (
					<>
						<Switch label="What happens" value={forever ? 'never' : 'later'} options={[['later', 'They expire'], ['never', 'They never expire']]} onChoose={(v) => setForever(v === 'never')} />
						{!forever && <DurationField value={life} onChange={setLife} required hint="Counted from now. After that the keys are deleted." />}
					</>
				)}
				{word !== undefined && !busy && !stopped && <Text label={`Type ${word} to confirm`} value={typed} onText={setTyped} autofocus />}
				{(busy || stopped || done > 0) && (
					<div class="stack" role="status">
						<span>{stopped ? 'Stopped: ' : ''}{count(done)} of {plural(n, 'key')} {past}{busy ? '…' : '.'}</span>
						<progress aria-label={`Keys ${past}`} max={n} value={done} />
					</div>
				)}
				{job === 'delete' && found && n > 0 && !busy && !stopped && <p>This cannot be undone.</p>}
				<Problem error={searchError ?? error} />
				<div class="foot">
					{busy ? <button type="button" onClick={() => { stop.current = true; }}>Stop</button> : <button type="button" onClick={close}>{stopped ? 'Close' : 'Cancel'}</button>}
					{!stopped && <button class={`primary ${job === 'delete' ? 'danger' : ''}`} disabled={busy || n === 0 || (word !== undefined && typed !== word)}>{busy ? `${verb.replace(/e$/, '')}ing…` : error ? `${verb} the others` : verb}</button>}
				</div>
			</form>
		</Dialog>
	);
}

/** The keys themselves: those that match a pattern are found first. */
function useFound(project: number, what: string[] | string) {
	const [found, setFound] = useState<string[] | null>(typeof what === 'string' ? null : what);
	const [counted, setCounted] = useState(0);
	const { error, act } = useAct();
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
	return { found, counted, error };
}

function Preview({ keys }: { keys: string[] }) {
	const rest = keys.length - examples;
	return (
		<ul class="preview" aria-label="Keys">
			{keys.slice(0, rest === 1 ? examples + 1 : examples).map((key) => <li><code>{key.slice(0, 200)}</code></li>)}
			{rest > 1 && <li class="muted">and {count(rest)} more</li>}
		</ul>
	);
}
