// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { Refusal, type Schemas, store } from '../api/client';
import { at } from '../base';
import { useAct, useLoad } from '../ui/hooks';
import { Await, Confirm, Copy } from '../ui/parts';
import { Content } from './content';
import { type Detail, isForeign, typeName } from './details';
import { Life } from './life';

interface Props { project: number; name: string; writable: boolean; onBack: () => void; onGone: (key: string) => void; onChange: (key: string) => void }

export interface Found { read: Schemas['ReadResponse'] | null; detail: Detail } // read: null for another type of Redis

/** One key: its value, its time to live, and its actions. */
export function Value({ project, name, writable, onBack, onGone, onChange }: Props) {
	const kv = store(project);
	const found = useLoad<Found>(async () => {
		const [details, read] = await Promise.all([kv.describe([name]), kv.read(name).catch((error) => {
			if (error instanceof Refusal && error.problem.code === 'wrong_type') return null;
			throw error;
		})]);
		return { read, detail: { ...details[0]!, at: Date.now() } };
	}, [project, name]);
	const [asking, setAsking] = useState(false);
	const { busy, error, act, clear } = useAct();
	const remove = () => act(async () => {
		await kv.del([name]);
		setAsking(false);
		onGone(name);
	});
	const changed = () => { found.reload(); onChange(name); };
	useEffect(() => { if (found.data) onChange(name); }, [found.data?.read?.digest, found.data?.detail.type]);
	const gone = found.data !== undefined && !found.data.read?.exists && !isForeign(found.data.detail.type);
	const curl = `curl -s ${location.origin}${at('/api/kv/get')} -H "Authorization: Bearer $TEMPSKV_TOKEN" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify({ project_id: project, key: name }))}`;
	return (
		<>
			<div class="row apart">
				<button type="button" class="small back" onClick={onBack}>← Keys</button>
				<h2 class="hidden">Key</h2>
				<span class="row push actions"><Copy text={name} label="Copy key" />{!gone && <Copy text={curl} label="Copy as curl" />}<button type="button" class="small" onClick={changed}>Refresh</button>
					{writable && !gone && <button type="button" class="small danger" onClick={() => { clear(); setAsking(true); }}>Delete key</button>}</span>
			</div>
			<div class="key" tabIndex={0} role="region" aria-label="Name of the key">{name}</div>
			<Await of={found} what="the value">{({ read, detail }) => !gone ? (
				<>
					<Life key={detail.at} kv={kv} name={name} detail={detail} size={read?.size} writable={writable} onChange={changed} />
					{read ? <Content key={read.digest} project={project} name={name} first={read} writable={writable} onChange={changed} /> : <Foreign type={detail.type} />}
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

/** A line of a shell with a text in it. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function Foreign({ type }: { type: string }) {
	return (
		<div class="notice" role="status">
			<strong>{typeName(type).replace('Redis ', '').replace(/^./, (c) => c.toUpperCase())} of Redis: not shown here</strong>
			<span>Another client of this Redis wrote it. Applications that use tempskv cannot read it, but it can expire and be deleted here.</span>
		</div>
	);
}
