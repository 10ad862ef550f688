// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from 'preact/hooks';
import { store } from '../api/client';
import { DurationField, noDuration, secondsOf } from '../ui/duration';
import { useAct } from '../ui/hooks';
import { Problem, Switch, Text } from '../ui/parts';
import { Code } from './code';
import { draftOf, keepDraft } from './drafts';
import { faultOf, pretty, stringOf, wordsOf } from './json';

interface FieldProps { kind: string; text: string; onKind: (kind: string) => void; onText: (text: string) => void; onSave: () => void; focus?: boolean; refused: boolean }

/** Up to so many characters, a text is checked while it is typed. */
const checked = 1_000_000;

/** A field for a value: as JSON or, for a string, as plain text. It says what is wrong while it is typed, unless a refusal says so. */
function ValueField({ kind, text, onKind, onText, onSave, focus, refused }: FieldProps) {
	const id = useId();
	const fault = !refused && kind === 'json' && text !== '' && text.length <= checked ? faultOf(text) : null;
	return (
		<>
			<Switch label="Kind of value" value={kind} onChoose={onKind} options={[['text', 'Text'], ['json', 'JSON']]} />
			<div class="field">
				<label for={id} id={`${id}-label`} onClick={() => document.getElementById(id)?.focus()}>Value</label>
				<Code key={kind} id={id} text={text} json={kind === 'json'} focus={focus} label={{ 'aria-labelledby': `${id}-label`, 'aria-describedby': `${id}-hint` }} onText={onText} onSave={onSave} />
				<span class={`hint ${fault ? 'bad' : ''}`} id={`${id}-hint`} role="status">
					{fault ? `Not JSON yet: ${wordsOf(text, fault)}.` : kind === 'text' ? 'Any text. It is stored as a JSON string.' : 'Any JSON: an object, a list, a number, true, null…'}
				</span>
			</div>
		</>
	);
}

/** Returns the JSON text of a ValueField. Throws if it is not valid JSON. */
function jsonOf(kind: string, text: string): string {
	if (kind === 'text') return JSON.stringify(text);
	const fault = faultOf(text);
	if (fault) throw new Error(`This is not JSON: ${wordsOf(text, fault)}.`);
	return text;
}

/** Edits a value. What is not saved is kept until it is saved or cancelled. */
export function Edit({ project, name, text, digest, onDone }: { project: number; name: string; text: string; digest: string; onDone: (saved: boolean) => void }) {
	const kv = store(project);
	const string = stringOf(text);
	const original = { kind: string === null ? 'json' : 'text', text: string ?? pretty(text), of: digest };
	const [kept] = useState(() => draftOf(project, name));
	const [draft, setDraft] = useState(kept ?? original);
	const [round, setRound] = useState(0); // of the editor, which has the text from its beginning on
	const [conflict, setConflict] = useState(kept !== undefined && kept.of !== digest);
	const { busy, error, act, clear } = useAct();
	const unchanged = draft.kind === original.kind && draft.text === original.text;
	const change = (next: typeof draft) => {
		clear();
		setDraft(next);
		keepDraft(project, name, next.kind === original.kind && next.text === original.text ? null : next);
	};
	const discard = () => { keepDraft(project, name, null); onDone(false); };
	const save = () => act(async () => {
		// A text that was not changed is stored as it was, with its escapes.
		const json = unchanged ? text : jsonOf(draft.kind, draft.text);
		if (!conflict && (await kv.read(name, 0, 4)).digest !== digest) {
			setConflict(true);
			return;
		}
		if (!(await kv.set(name, json, { keepttl: true, xx: true }))) throw new Error('The key does not exist any more: it expired or was deleted.');
		keepDraft(project, name, null);
		onDone(true);
	});
	return (
		<form class="stack" onSubmit={(e) => { e.preventDefault(); void save(); }} onKeyDown={(e) => { if (e.key === 'Escape' && unchanged && !e.defaultPrevented) { e.stopPropagation(); discard(); } }}>
			{kept && <div class="notice row apart" role="status"><span>These are your changes from before, which are not saved.</span><button type="button" class="small" onClick={discard}>Discard them</button></div>}
			<ValueField key={round} kind={draft.kind} text={draft.text} onKind={(kind) => { change({ ...draft, kind }); setRound(round + 1); }} onText={(t) => change({ ...draft, text: t })} onSave={save} focus refused={error !== undefined} />
			{conflict && <div class="notice warn" role="alert">This value was changed while you edited it. Saving overwrites that change.</div>}
			<div class="row keep">
				<div class="whole"><Problem error={error} /></div>
				<button class="primary" disabled={busy}>{busy ? 'Saving…' : conflict ? 'Save anyway' : 'Save'}</button>
				<button type="button" onClick={discard}>Cancel</button><span class="hint">Its time to live is kept. Ctrl-Enter saves.</span>
			</div>
		</form>
	);
}

/** What was typed for a new key, kept until it is added. */
const started = new Map<number, { key: string; kind: string; text: string }>();

/** A form for a new key. */
export function AddKey({ project, onDone, onClose }: { project: number; onDone: (key: string) => void; onClose: () => void }) {
	const [form, setForm] = useState(() => started.get(project) ?? { key: '', kind: 'text', text: '' });
	const [life, setLife] = useState(noDuration);
	const { busy, error, act, clear } = useAct();
	const change = (next: typeof form) => { clear(); setForm(next); started.set(project, next); };
	const add = () => act(async () => {
		const ex = secondsOf(life);
		if (!(await store(project).set(form.key, jsonOf(form.kind, form.text), { nx: true, ...(ex && { ex }) }))) throw new Error('This key already exists: choose another name, or edit the existing key.');
		started.delete(project);
		onDone(form.key);
	});
	return (
		<form onSubmit={(e) => { e.preventDefault(); void add(); }}>
			<Text label="Key" value={form.key} onText={(key) => change({ ...form, key })} required autofocus placeholder="user:123" />
			<ValueField kind={form.kind} text={form.text} onKind={(kind) => change({ ...form, kind })} onText={(text) => change({ ...form, text })} onSave={add} refused={error !== undefined} />
			<DurationField value={life} onChange={setLife} hint="Leave it empty for a key that does not expire." />
			<Problem error={error} />
			<div class="foot">
				<button type="button" onClick={() => { started.delete(project); onClose(); }}>Cancel</button><button class="primary" disabled={busy}>{busy ? 'Adding…' : 'Add key'}</button>
			</div>
		</form>
	);
}
