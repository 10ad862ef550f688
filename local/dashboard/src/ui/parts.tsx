// SPDX-License-Identifier: Apache-2.0
//
// The components that pages are made of.

import { type ComponentChildren, createElement } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Refusal, Unreachable } from '../api/client';
import { field, inPageWords, problem as inWords } from './codes';
import { sentence } from './format';
import { visible } from './odd';

type Children = { children?: ComponentChildren };

/** An error in the words of the pages, with the request id to look for in the log of the server. */
export function Problem({ error, unauthorized }: { error: unknown; unauthorized?: [title: string, words?: string] }) {
	if (!error) return null;
	const problem = error instanceof Refusal ? error.problem : undefined;
	const wrong = problem?.errors ?? [];
	const [refused, why] = (problem?.code === 'unauthorized' && unauthorized) || [];
	const title = refused ?? (wrong.length > 0 ? 'Please correct this' : problem?.code ? inWords(problem.code) : error instanceof Unreachable ? 'The server does not answer' : error instanceof Refusal ? 'Something went wrong' : '');
	return (
		<div class="notice bad" role="alert">
			{title && <strong>{title}</strong>}
			{wrong.length > 0 ? <ul>{wrong.map((e) => <li>{field(e.location)}{e.message}</li>)}</ul>
				: <span>{why ?? (error instanceof Unreachable ? 'Try again when it is back.' : error instanceof Error ? sentence(inPageWords(error.message)) : String(error))}</span>}
			{problem?.request_id && <span class="small">Request id <code>{problem.request_id}</code></span>}
		</div>
	);
}

/** The shape of what is to come. It appears only if that takes a moment. */
export function Waiting({ what }: { what: string }) {
	return <><span class="hidden" role="status">Loading {what}…</span><div class="skeleton" aria-hidden="true"><i /><i /><i /><i /><i /></div></>;
}

/** Shows what was loaded, or why there is nothing yet. */
export function Await<T>({ of, what, children }: { of: { data: T | undefined; error: unknown }; what: string; children: (data: T) => ComponentChildren }) {
	if (of.data === undefined) return of.error ? <Problem error={of.error} /> : <Waiting what={what} />;
	return <>{of.error ? <Problem error={of.error} /> : null}{children(of.data)}</>;
}

export function Empty({ title, children }: { title: string } & Children) {
	return <div class="empty"><h2>{title}</h2>{children}</div>;
}

export function Page({ title, extra, wide, children }: { title: string; extra?: ComponentChildren; wide?: boolean } & Children) {
	return (
		<div class={`stack ${wide ? 'wide' : ''}`}>
			<div class="title"><h1 tabIndex={-1}>{title}</h1>{extra}</div>
			{children}
		</div>
	);
}

export function Field({ label, hint, bad, children }: { label: string; hint?: ComponentChildren; bad?: boolean; children: (props: { id: string; 'aria-describedby'?: string }) => ComponentChildren }) {
	const id = useId();
	return (
		<div class="field">
			<label for={id}>{label}</label>
			{children({ id, ...(hint ? { 'aria-describedby': `${id}-hint` } : {}) })}
			{hint && <span class={`hint ${bad ? 'bad' : ''}`} id={`${id}-hint`} role={bad ? 'status' : undefined}>{hint}</span>}
		</div>
	);
}

interface TextProps {
	label: string;
	hint?: ComponentChildren;
	/** The hint says what is wrong. */
	bad?: boolean;
	value: string;
	onText: (text: string) => void;
	type?: 'text' | 'password' | 'search' | 'number';
	name?: string;
	placeholder?: string;
	autocomplete?: string;
	pattern?: string;
	inputMode?: 'numeric';
	min?: string;
	max?: string;
	maxLength?: number;
	required?: boolean;
	autofocus?: boolean;
}

export function Text({ label, hint, bad, onText, type = 'text', ...rest }: TextProps) {
	return (
		<Field label={label} hint={hint} bad={bad}>
			{(props) => createElement('input', { spellcheck: false, autocomplete: 'off', type, ...rest, ...props, onInput: (e: InputEvent) => onText((e.currentTarget as HTMLInputElement).value) })}
		</Field>
	);
}

export function Select({ label, hint, value, options, onText }: { label: string; hint?: string; value: string; options: [string, string][]; onText: (text: string) => void }) {
	return (
		<Field label={label} hint={hint}>
			{(props) => (
				<select {...props} value={value} onChange={(e) => onText(e.currentTarget.value)}>
					{options.map(([option, words]) => <option value={option} selected={option === value}>{words}</option>)}
				</select>
			)}
		</Field>
	);
}

export function Check({ checked, onCheck, children, disabled }: { checked: boolean; onCheck: (yes: boolean) => void; disabled?: boolean } & Children) {
	return (
		<label class="choice">
			<input type="checkbox" checked={checked} disabled={disabled} onChange={(e) => onCheck(e.currentTarget.checked)} /><span>{children}</span>
		</label>
	);
}

/** A dialog over the page. The browser keeps the focus inside, and Escape closes it. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void } & Children) {
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const before = document.activeElement;
		dialog.current?.showModal();
		return () => { if (before instanceof HTMLElement) before.focus(); };
	}, []);
	return (
		<dialog ref={dialog} aria-labelledby={id} onClose={onClose} onCancel={(e) => { e.preventDefault(); onClose(); }}>
			<div class="body"><h2 id={id}>{title}</h2>{children}</div>
		</dialog>
	);
}

/** Asks before an action that cannot be undone. If a word is given, the user has to type it. */
export function Confirm({ title, action, word, busy, error, onYes, onClose, children }: { title: string; action: string; word?: string; busy: boolean; error: unknown; onYes: () => void; onClose: () => void } & Children) {
	const [typed, setTyped] = useState('');
	return (
		<Dialog title={title} onClose={onClose}>
			<form class="stack" onSubmit={(e) => { e.preventDefault(); onYes(); }}>
				{children}
				{word !== undefined && <Text label={`Type ${word} to confirm`} value={typed} onText={setTyped} autofocus />}
				<Problem error={error} />
				<div class="foot">
					<button type="button" onClick={onClose}>Cancel</button>
					<button class="primary danger" disabled={busy || (word !== undefined && typed !== word && typed !== visible(word))}>{busy ? `${action}…` : action}</button>
				</div>
			</form>
		</Dialog>
	);
}

/** A button that copies a text. What it copies may be said only to those who do not see what it is next to. */
export function Copy({ text, label = 'Copy', of }: { text: string; label?: string; of?: string }) {
	const [done, setDone] = useState('');
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(text);
			setDone('Copied');
		} catch {
			setDone('Select and copy it by hand');
		}
		setTimeout(() => setDone(''), 2000);
	};
	return <button type="button" class="small" onClick={copy}><span aria-live="polite">{done || label}{of && !done && <span class="hidden"> {of}</span>}</span></button>;
}

/** A secret that is shown once. */
export function Secret({ title, token, onClose, children }: { title: string; token: string; onClose: () => void } & Children) {
	return (
		<Dialog title={title} onClose={onClose}>
			<p>Copy it now: it is shown only once and not stored.</p>
			<code class="secret" data-testid="token">{token}</code>
			{children}
			<div class="foot"><Copy text={token} /><button class="primary" type="button" onClick={onClose}>Done</button></div>
		</Dialog>
	);
}

/** A table that becomes a list of cards on narrow screens. With id, a row keeps the focus when rows are added. */
export function Table<T>({ columns, rows, label, id }: { columns: [string, (row: T) => ComponentChildren, string?][]; rows: T[]; label: string; id: (row: T) => string }) {
	return (
		<div class="scroll">
			<table class="table" aria-label={label}>
				<thead><tr>{columns.map(([name, , look]) => <th scope="col" class={look}>{name || <span class="hidden">Actions</span>}</th>)}</tr></thead>
				<tbody>{rows.map((row) => <tr key={id(row)}>{columns.map(([name, cell, look]) => <td class={look} data-label={look?.includes('name') ? '' : name}>{cell(row)}</td>)}</tr>)}</tbody>
			</table>
		</div>
	);
}

export function Switch({ label, value, options, onChoose }: { label: string; value: string; options: [string, string][]; onChoose: (value: string) => void }) {
	return (
		<div class="switch" role="group" aria-label={label}>
			{options.map(([option, words]) => <button type="button" class="small" aria-pressed={option === value} onClick={() => onChoose(option)}>{words}</button>)}
		</div>
	);
}

const day = 86_400_000;
export const expiries: [string, string][] = [['', 'Never'], ['1', 'In 1 day'], ['30', 'In 30 days'], ['90', 'In 90 days'], ['365', 'In a year']];
export const expiry = (days: string) => (days ? { expires_at: new Date(Date.now() + Number(days) * day).toISOString() } : {});
