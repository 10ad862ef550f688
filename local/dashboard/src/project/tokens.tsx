// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { useCan } from '../session';
import { ago, date, seconds, time } from '../ui/format';
import { useAct, useLoad } from '../ui/hooks';
import { Await, Check, Confirm, Dialog, Empty, expiries, expiry, Problem, Secret, Select, Table, Text } from '../ui/parts';

type Token = Schemas['Token'];

export function Tokens({ project }: { project: Schemas['Project'] }) {
	const tokens = useLoad(() => api.tokens(project.id), [project.id]);
	const admin = useCan('SystemAdmin');
	const [creating, setCreating] = useState(false);
	const [made, setMade] = useState('');
	const [revoking, setRevoking] = useState<Token>();
	const { busy, error, act, clear } = useAct();
	const create = <button type="button" class="primary" onClick={() => setCreating(true)}>Create token</button>;
	const revoke = (t: Token) => act(async () => {
		await api.revokeToken(project.id, t.id);
		setRevoking(undefined);
		tokens.reload();
	});
	return (
		<>
			<section class="card flush">
				<div class="head"><h2>Tokens</h2>{admin && tokens.data?.length ? create : null}</div>
				<Await of={tokens} what="tokens">{(all) => all.length === 0 ? (
					<Empty title="No token yet"><p>An application sends its token with each request. It gives access only to the keys of this project.</p>{admin && create}</Empty>
				) : (
					<Table label="Deployment tokens" rows={all} id={(t) => t.id} columns={[
						['Name', (t) => t.name, 'name'],
						['Token', (t) => <code class="nowrap">{t.prefix}…{t.last4}</code>],
						['Access', (t) => <span class="badge plain">{t.read_only ? 'Read only' : 'Read and write'}</span>],
						['Last used', (t) => <span class="nowrap">{ago(t.last_used_at)}</span>],
						['Expires', (t) => <Expiry at={t.expires_at} />],
						['', (t) => admin && <button type="button" class="danger small" aria-label={`Revoke ${t.name}`} onClick={() => { clear(); setRevoking(t); }}>Revoke</button>, 'end'],
					]} />
				)}</Await>
			</section>
			{creating && <Create project={project} onClose={() => setCreating(false)} onMade={(token) => { setCreating(false); setMade(token); tokens.reload(); }} />}
			{made && <Secret title="Your new token" token={made} onClose={() => setMade('')} />}
			{revoking && (
				<Confirm title={`Revoke ${revoking.name}?`} action="Revoke" busy={busy} error={error} onYes={() => revoke(revoking)} onClose={() => setRevoking(undefined)}>
					<p>Applications that use it stop working at once. This cannot be undone.</p>
				</Confirm>
			)}
		</>
	);
}

const week = 7 * 86_400_000;

/** When a token ends, with a word of warning where that is soon. */
export function Expiry({ at }: { at: string | null }) {
	if (!at) return <>never</>;
	const left = Date.parse(at) - Date.now();
	if (left <= 0) return <span class="badge bad">Expired</span>;
	return left < week ? <span class="badge warn" title={time(at)}>in {seconds(left / 1000)}</span> : <span class="nowrap">{date(at)}</span>;
}

function Create({ project, onClose, onMade }: { project: Schemas['Project']; onClose: () => void; onMade: (token: string) => void }) {
	const [name, setName] = useState('');
	const [readOnly, setReadOnly] = useState(false);
	const [days, setDays] = useState('');
	const { busy, error, act } = useAct();
	const create = () => act(async () => onMade((await api.createToken(project.id, { name, read_only: readOnly, ...expiry(days) })).token));
	return (
		<Dialog title="Create a token" onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void create(); }}>
				<Text label="Name" hint="What will use it, for example web server." value={name} onText={setName} required maxLength={200} autofocus />
				<Check checked={readOnly} onCheck={setReadOnly}>Read only <span class="hint">It can read keys and values, but change nothing.</span></Check>
				<Select label="Expires" value={days} options={expiries} onText={setDays} />
				<Problem error={error} />
				<div class="foot"><button type="button" onClick={onClose}>Cancel</button><button class="primary" disabled={busy}>{busy ? 'Creating…' : 'Create'}</button></div>
			</form>
		</Dialog>
	);
}
