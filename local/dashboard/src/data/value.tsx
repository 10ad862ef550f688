// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { type Schemas, store } from '../api/client';
import { bytes, seconds } from '../ui/format';
import { useAct, useLoad } from '../ui/hooks';
import { Await, Confirm, Copy, Field, Problem, Switch, Text } from '../ui/parts';
import { jsonFault, pretty, stringOf } from './json';

interface Props { project: number; name: string; writable: boolean; onBack: () => void; onGone: (key: string) => void }

interface Found { read: Schemas['ReadResponse']; ttl: number; at: number }

/** One key: its value, its time to live, and its actions. */
export function Value({ project, name, writable, onBack, onGone }: Props) {
	const kv = store(project);
	const found = useLoad<Found>(async () => {
		const [read, ttl] = await Promise.all([kv.read(name), kv.ttl(name)]);
		return { read, ttl, at: Date.now() };
	}, [project, name]);
	const [asking, setAsking] = useState(false);
	const { busy, error, act } = useAct();
	const remove = () => act(async () => {
		await kv.del([name]);
		setAsking(false);
		onGone(name);
	});
	return (
		<>
			<div class="row apart">
				<button type="button" class="small back" onClick={onBack}>← Keys</button>
				<h2 class="hidden">Key</h2>
				<span class="row push"><button type="button" class="small" onClick={found.reload}>Refresh</button>
					{writable && <button type="button" class="small danger" onClick={() => setAsking(true)}>Delete key</button>}</span>
			</div>
			<div class="key" tabIndex={0} role="region" aria-label="Name of the key">{name}</div>
			<Await of={found} what="the value">{(f) => f.read.exists ? (
				<>
					<Life key={f.at} kv={kv} name={name} found={f} writable={writable} onChange={found.reload} />
					<Content key={f.read.digest} kv={kv} name={name} first={f.read} writable={writable} onChange={found.reload} />
				</>
			) : <div class="notice" role="status">There is no such key: it expired or was deleted.</div>}</Await>
			{asking && (
				<Confirm title="Delete 1 key?" action="Delete" busy={busy} error={error} onYes={remove} onClose={() => setAsking(false)}>
					<code class="secret">{name.slice(0, 500)}</code><p>This cannot be undone.</p>
				</Confirm>
			)}
		</>
	);
}

type KV = ReturnType<typeof store>;

function Life({ kv, name, found, writable, onChange }: { kv: KV; name: string; found: Found; writable: boolean; onChange: () => void }) {
	const [changing, setChanging] = useState(false);
	const [amount, setAmount] = useState(found.ttl > 0 ? String(found.ttl) : '3600');
	const { busy, error, act } = useAct();
	const apply = (f: () => Promise<unknown>) => act(async () => { await f(); onChange(); });
	return (
		<>
			<div class="row">
				<span class="badge plain">{bytes(found.read.size)}</span>
				<span class={`badge plain ${found.ttl >= 0 ? 'warn' : ''}`} data-testid="ttl">{found.ttl < 0 ? 'does not expire' : `expires in ${seconds(found.ttl)}`}</span>
				{writable && <button type="button" class="small quiet" aria-expanded={changing} onClick={() => setChanging(!changing)}>Change time to live</button>}
			</div>
			{changing && (
				<form class="row" onSubmit={(e) => { e.preventDefault(); void apply(() => kv.expire(name, Number(amount))); }}>
					<label class="hidden" for="ttl">Seconds to live</label>
					<input id="ttl" style={{ width: '130px' }} type="number" min="1" max="1000000000" required value={amount} onInput={(e) => setAmount(e.currentTarget.value)} /> seconds
					<button class="small primary" disabled={busy}>Set</button>
					{found.ttl >= 0 && <button type="button" class="small" disabled={busy} onClick={() => apply(() => kv.persist(name))}>Never expire</button>}
				</form>
			)}
			<Problem error={error} />
		</>
	);
}

function Content({ kv, name, first, writable, onChange }: { kv: KV; name: string; first: Schemas['ReadResponse']; writable: boolean; onChange: () => void }) {
	const [text, setText] = useState(first.text);
	const [next, setNext] = useState(first.next_offset);
	const whole = next === null;
	const string = whole ? stringOf(text) : null;
	const [look, setLook] = useState(whole ? (string === null ? 'json' : 'text') : 'raw');
	const [editing, setEditing] = useState(false);
	const { busy, error, act } = useAct();
	const rest = () => act(async () => {
		let all = text;
		for (let offset = next; offset !== null;) {
			const part = await kv.read(name, offset, 1 << 20);
			if (part.digest !== first.digest) throw new Error('The value changed while it was read: refresh to read it again.');
			all += part.text;
			offset = part.next_offset;
			setText(all);
			setNext(offset);
		}
	});
	if (editing) return <Edit kv={kv} name={name} text={text} digest={first.digest} onDone={(saved) => { setEditing(false); if (saved) onChange(); }} />;
	const shown = look === 'json' ? pretty(text) : look === 'text' && string !== null ? string : text;
	return (
		<>
			<div class="row apart">
				{whole ? <Switch label="Show as" value={look} onChoose={setLook} options={[['json', 'JSON'], ...(string === null ? [] : [['text', 'Text'] as [string, string]]), ['raw', 'Raw']]} /> : <span class="muted small">The beginning of the value, as it is stored</span>}
				<span class="row"><Copy text={shown} />{writable && whole && <button type="button" class="small" onClick={() => setEditing(true)}>Edit</button>}</span>
			</div>
			<pre class="value" tabIndex={0} role="region" aria-label="Value" data-testid="value">{shown}</pre>
			{!whole && <div class="row"><span class="muted" role="status">Cut: {bytes(new Blob([text]).size)} of {bytes(first.size)}</span><button type="button" class="small" disabled={busy} onClick={rest}>{busy ? 'Fetching the rest…' : 'Fetch the rest'}</button></div>}
			<Problem error={error} />
		</>
	);
}

/** A field for a value: as JSON or, for a string, as plain text. */
export function ValueField({ kind, text, onKind, onText, autofocus }: { kind: string; text: string; onKind: (kind: string) => void; onText: (text: string) => void; autofocus?: boolean }) {
	return (
		<>
			<Switch label="Kind of value" value={kind} onChoose={onKind} options={[['text', 'Text'], ['json', 'JSON']]} />
			<Field label="Value" hint={kind === 'text' ? 'Stored as a JSON string.' : 'Any JSON: an object, a list, a number, true, null…'}>
				{(props) => <textarea {...props} class="code" rows={12} spellcheck={false} value={text} autofocus={autofocus} onInput={(e) => onText(e.currentTarget.value)} />}
			</Field>
		</>
	);
}

/** Returns the JSON text of a ValueField. Throws if it is not valid JSON. */
export function jsonOf(kind: string, text: string): string {
	if (kind === 'text') return JSON.stringify(text);
	const fault = jsonFault(text);
	if (fault) throw new Error(`This is not JSON: ${fault}`);
	return text;
}

function Edit({ kv, name, text, digest, onDone }: { kv: KV; name: string; text: string; digest: string; onDone: (saved: boolean) => void }) {
	const string = stringOf(text);
	const [kind, setKind] = useState(string === null ? 'json' : 'text');
	const [draft, setDraft] = useState(string ?? pretty(text));
	const [changed, setChanged] = useState(false);
	const { busy, error, act } = useAct();
	const save = (anyway: boolean) => act(async () => {
		const json = jsonOf(kind, draft);
		if (!anyway && (await kv.read(name, 0, 4)).digest !== digest) {
			setChanged(true);
			return;
		}
		if (!(await kv.set(name, json, { keepttl: true, xx: true }))) throw new Error('The key does not exist any more: it expired or was deleted.');
		onDone(true);
	});
	return (
		<form class="stack" onSubmit={(e) => { e.preventDefault(); void save(changed); }}>
			<ValueField kind={kind} text={draft} onKind={setKind} onText={setDraft} autofocus />
			{changed && <div class="notice warn" role="alert">This value was changed while you edited it. Saving overwrites that change.</div>}
			<Problem error={error} />
			<div class="row">
				<button class="primary" disabled={busy}>{busy ? 'Saving…' : changed ? 'Save anyway' : 'Save'}</button>
				<button type="button" onClick={() => onDone(false)}>Cancel</button><span class="hint">Its time to live is kept.</span>
			</div>
		</form>
	);
}

/** A form for a new key. */
export function AddKey({ project, onDone, onClose }: { project: number; onDone: (key: string) => void; onClose: () => void }) {
	const [key, setKey] = useState('');
	const [kind, setKind] = useState('text');
	const [text, setText] = useState('');
	const [life, setLife] = useState('');
	const { busy, error, act } = useAct();
	const add = () => act(async () => {
		if (!(await store(project).set(key, jsonOf(kind, text), { nx: true, ...(life && { ex: Number(life) }) }))) throw new Error('This key already exists: choose another name, or edit the existing key.');
		onDone(key);
	});
	return (
		<form onSubmit={(e) => { e.preventDefault(); void add(); }}>
			<Text label="Key" value={key} onText={setKey} required autofocus placeholder="user:123" />
			<ValueField kind={kind} text={text} onKind={setKind} onText={setText} />
			<Text label="Seconds to live" type="number" min="1" max="1000000000" value={life} onText={setLife} hint="Empty: it does not expire." />
			<Problem error={error} />
			<div class="foot"><button type="button" onClick={onClose}>Cancel</button><button class="primary" disabled={busy}>{busy ? 'Adding…' : 'Add key'}</button></div>
		</form>
	);
}
