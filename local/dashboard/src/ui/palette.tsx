// SPDX-License-Identifier: Apache-2.0

import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface Command {
	name: string;
	hint?: string;
	/** It is offered only once something is typed. */
	byText?: boolean;
	run: () => void;
}

const most = 50; // that are shown at once

/** Finds commands whose names have every word, those that begin with the text first. */
function matching(commands: Command[], text: string): Command[] {
	const wanted = text.toLowerCase().trim();
	const words = wanted.split(/\s+/);
	const rank = (c: Command) => (c.name.toLowerCase().startsWith(wanted) ? 0 : 1);
	if (!wanted) return commands.filter((c) => !c.byText);
	return commands.filter((c) => words.every((word) => c.name.toLowerCase().includes(word))).sort((a, b) => rank(a) - rank(b)).slice(0, most);
}

/** A dialog in which a page or an action is found by typing. */
export function Palette({ commands, onClose }: { commands: Command[]; onClose: () => void }) {
	const dialog = useRef<HTMLDialogElement>(null);
	const [text, setText] = useState('');
	const [at, setAt] = useState(0);
	const id = useId();
	const found = matching(commands, text);
	useEffect(() => {
		const before = document.activeElement;
		dialog.current?.showModal();
		return () => { if (before instanceof HTMLElement) before.focus(); };
	}, []);
	useEffect(() => document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);
	const run = (command: Command | undefined) => {
		if (!command) return;
		onClose();
		command.run();
	};
	const press = (e: KeyboardEvent) => {
		const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
		if (step && found.length > 0) {
			e.preventDefault();
			setAt((at + step + found.length) % found.length);
		}
	};
	return (
		<dialog ref={dialog} class="palette" aria-label="Go to" onClose={onClose} onCancel={(e) => { e.preventDefault(); onClose(); }} onClick={(e) => { if (e.target === dialog.current) onClose(); }}>
			<form onSubmit={(e) => { e.preventDefault(); run(found[at]); }}>
				<input type="text" {...{ role: 'combobox' } as object} aria-label="Page, project or action" aria-expanded="true" aria-controls={id} aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
					placeholder="Page, project or action" autocomplete="off" spellcheck={false} autofocus value={text} onKeyDown={press} onInput={(e) => { setText(e.currentTarget.value); setAt(0); }} />
				<ul role="listbox" aria-label="Found" id={id}>
					{found.map((c, i) => (
						<li role="option" id={`${id}-${i}`} key={`${c.name} ${c.hint}`} aria-selected={i === at} onClick={() => run(c)} onMouseMove={() => setAt(i)}><span>{c.name}</span>{c.hint && <span class="hint">{c.hint}</span>}</li>
					))}
				</ul>
				{found.length === 0 && <p class="muted" role="status">Nothing is called that.</p>}
			</form>
		</dialog>
	);
}
