// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { useCan } from '../session';
import { bytes, count } from '../ui/format';
import { useAct, useLoad, useSaid } from '../ui/hooks';
import { Problem, Select, Text } from '../ui/parts';

type Name = 'requests_per_second' | 'keys' | 'bytes';

const limits: [Name, string, string, (n: number) => string][] = [
	['requests_per_second', 'Requests per second', 'How many requests the project may make each second.', (n) => `${count(n)}/s`],
	['keys', 'Keys', 'How many keys the project may hold.', count],
	['bytes', 'Storage', 'How much its keys and values may take, plus 64 bytes for each key. For example 500 KB, 100 MB or 2 GB.', bytes],
];
const units: Record<string, number> = { '': 1, b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

/** Reads a number such as 10000, 10,000 or 100 MB; NaN for what is none. */
function read(text: string): number {
	const [, digits, unit] = /^([\d,. ]+?)\s*([kmgt]?b)?$/i.exec(text.trim()) ?? [];
	return digits ? Math.round(Number(digits.replaceAll(/[, ]/g, '')) * units[(unit ?? '').toLowerCase()]!) : NaN;
}

/** What is chosen: the limit of the server, none, or its own. */
interface Wish { kind: 'server' | 'none' | 'own'; text: string }

const wishOf = (limit: number, name: Name): Wish => (limit === 0 ? { kind: 'server', text: '' } : limit < 0 ? { kind: 'none', text: '' } : { kind: 'own', text: name === 'bytes' ? bytesText(limit) : String(limit) });
const bytesText = (n: number) => (n % 1024 ** 3 === 0 ? `${n / 1024 ** 3} GB` : n % 1024 ** 2 === 0 ? `${n / 1024 ** 2} MB` : n % 1024 === 0 ? `${n / 1024} KB` : String(n));
const limitOf = (w: Wish) => (w.kind === 'server' ? 0 : w.kind === 'none' ? -1 : read(w.text));

export function Limits({ project, onChange }: { project: Schemas['Project']; onChange: () => void }) {
	const admin = useCan('SystemAdmin');
	const now = useLoad(() => api.projectStats(project.id, '15m'), [project.id, project.limits]);
	const [wishes, setWishes] = useState(() => Object.fromEntries(limits.map(([name]) => [name, wishOf(project.limits[name], name)])) as Record<Name, Wish>);
	const [done, setDone] = useSaid();
	const { busy, error, act } = useAct();
	const change = Object.fromEntries(limits.map(([name]) => [name, limitOf(wishes[name])]).filter(([name, n]) => n !== project.limits[name as Name])) as Record<Name, number>;
	const wrong = limits.filter(([name]) => wishes[name].kind === 'own' && !(read(wishes[name].text) >= 1));
	const save = () => {
		void act(async () => {
			await api.updateProject(project.id, { limits: change });
			setDone('The limits are changed. They take effect within seconds.');
			onChange();
		});
	};
	return (
		<form class="card stack" onSubmit={(e) => { e.preventDefault(); save(); }}>
			<h2>Limits</h2>
			{limits.map(([name, label, hint, show]) => {
				const wish = wishes[name], set = (w: Partial<Wish>) => { setDone(''); setWishes({ ...wishes, [name]: { ...wish, ...w } }); };
				const holds = now.data?.limits[name];
				const server = project.limits[name] === 0 && holds !== undefined ? ` (${holds ? show(holds) : 'no limit'})` : '';
				return (
					<div class="fields" key={name}>
						<Select label={label} hint={hint} value={wish.kind} onText={(kind) => set({ kind: kind as Wish['kind'] })}
							options={[['server', `Server default${server}`], ['none', 'No limit'], ['own', 'Own limit']]} />
						{wish.kind === 'own' && <Text label={`Limit: ${label.toLowerCase()}`} bad={wrong.some(([w]) => w === name)} value={wish.text} onText={(text) => set({ text })} required placeholder={name === 'bytes' ? '100 MB' : '10000'}
							hint={wrong.some(([w]) => w === name) && wish.text ? 'This is not a number.' : undefined} />}
					</div>
				);
			})}
			{done && <p class="notice good" role="status">{done}</p>}
			<Problem error={error} />
			{admin && <div class="row"><button class="primary" disabled={busy || wrong.length > 0 || Object.keys(change).length === 0}>{busy ? 'Saving…' : 'Save limits'}</button></div>}
		</form>
	);
}
