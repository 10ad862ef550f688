// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
	text: string;
	json: boolean;
	readOnly?: boolean;
	focus?: boolean;
	id?: string;
	label: { 'aria-label': string } | { 'aria-labelledby': string; 'aria-describedby'?: string };
	onText?: (text: string) => void;
	onSave?: () => void;
}

/** A text with line numbers and, if it is JSON, colours and folding. Until the editor is loaded it is a plain one. */
export function Code({ text, json, readOnly = false, focus = false, id, label, onText = () => {}, onSave = () => {} }: Props) {
	const place = useRef<HTMLDivElement>(null);
	const [loaded, setLoaded] = useState(false);
	const [failed, setFailed] = useState(false);
	const first = useRef(text); // the editor has the text from then on
	const calls = useRef({ onText, onSave });
	calls.current = { onText, onSave };
	useEffect(() => {
		let end: (() => void) | undefined;
		let gone = false;
		import('./editor').then(({ edit }) => {
			if (gone) return;
			setLoaded(true);
			end = edit(place.current!, {
				text: first.current, json, readOnly, focus, attributes: { ...(id && { id }), ...label },
				onText: (t) => calls.current.onText(t), onSave: () => calls.current.onSave(),
			});
		}, () => setFailed(true));
		return () => { gone = true; end?.(); };
	}, []);
	return (
		<>
			<div class={`code-box ${readOnly ? 'read' : ''}`} ref={place} data-testid={readOnly ? 'value' : undefined} />
			{loaded ? null : readOnly ? <pre class="value" tabIndex={0} role="region" {...label}>{text}</pre>
				: failed ? <textarea class="code" rows={12} id={id} {...label} spellcheck={false} defaultValue={text} onInput={(e) => onText(e.currentTarget.value)} />
					: <pre class="value code-box" aria-hidden="true">{text}</pre>}
		</>
	);
}
