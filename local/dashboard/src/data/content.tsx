// SPDX-License-Identifier: Apache-2.0

import { useMemo, useState } from 'preact/hooks';
import { type Schemas, store } from '../api/client';
import { bytes } from '../ui/format';
import { useAct } from '../ui/hooks';
import { Copy, Problem, Switch } from '../ui/parts';
import { Code } from './code';
import { draftOf } from './drafts';
import { Edit } from './edit';
import { isTooDeep, pretty, stringOf } from './json';

interface Props { project: number; name: string; first: Schemas['ReadResponse']; writable: boolean; onChange: () => void }

/** The value of a key, to be read or edited. */
export function Content({ project, name, first, writable, onChange }: Props) {
	const kv = store(project);
	const [text, setText] = useState(first.text);
	const [next, setNext] = useState(first.next_offset);
	const whole = next === null;
	const tooDeep = useMemo(() => whole && isTooDeep(text), [whole, text]);
	const string = whole ? stringOf(text) : null;
	const [look, setLook] = useState(whole && !tooDeep ? (string === null ? 'json' : 'text') : 'raw');
	const [editing, setEditing] = useState(() => whole && writable && !tooDeep && draftOf(project, name) !== undefined);
	const { busy, error, act } = useAct();
	const rest = () => act(async () => {
		let all = text;
		for (let offset = next; offset !== null;) {
			const part = await kv.read(name, offset, 1 << 20);
			if (part.digest !== first.digest) throw new Error('The value changed while it was loaded: use Refresh to load it again.');
			all += part.text;
			offset = part.next_offset;
			setText(all);
			setNext(offset);
		}
	});
	if (editing) return <Edit project={project} name={name} text={text} digest={first.digest} onDone={(saved) => { setEditing(false); if (saved) onChange(); }} />;
	const shown = look === 'json' ? pretty(text) : look === 'text' && string !== null ? string : text;
	return (
		<>
			<div class="row apart">
				{tooDeep ? <span class="muted small">Too many levels to be formatted or edited</span> : whole ? <Switch label="Show as" value={look} onChoose={setLook} options={[['json', 'JSON'], ...(string === null ? [] : [['text', 'Text'] as [string, string]]), ['raw', 'Raw']]} /> : <span class="muted small">The beginning of the value, as stored</span>}
				<span class="row"><Copy text={shown} label="Copy value" />{writable && whole && !tooDeep && <button type="button" class="small" onClick={() => setEditing(true)}>Edit</button>}</span>
			</div>
			{look === 'json' && whole ? <Code key={shown} text={shown} json readOnly label={{ 'aria-label': 'Value' }} />
				: <pre class="value" tabIndex={0} role="region" aria-label="Value" data-testid="value">{shown}</pre>}
			{!whole && <div class="row keep"><span class="muted" role="status">Shown: {bytes(new Blob([text]).size)} of {bytes(first.size)}</span><button type="button" class="small" disabled={busy} onClick={rest}>{busy ? 'Loading the rest…' : 'Load the rest'}</button></div>}
			<Problem error={error} />
		</>
	);
}
