// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { useCan, useSession } from '../session';
import { Expiry } from '../project/tokens';
import { allows } from '../ui/codes';
import { ago, projectName } from '../ui/format';
import { useAct, useLoad, useTitle } from '../ui/hooks';
import { Await, Check, Confirm, Dialog, Empty, expiries, expiry, Page, Problem, Secret, Select, Table, Text } from '../ui/parts';
import { Sessions } from './sessions';

type Key = Schemas['APIKeyEntry'];
type Permission = Schemas['Permission'];

const permissions: Permission[] = ['KvRead', 'KvWrite', 'SystemRead', 'SystemAdmin'];

export function APIKeys() {
	useTitle('API keys');
	const keys = useLoad(api.keys, []);
	const projects = useLoad(api.projects, []);
	const { session } = useSession();
	const admin = useCan('SystemAdmin');
	const [creating, setCreating] = useState(false);
	const [made, setMade] = useState('');
	const [revoking, setRevoking] = useState<Key>();
	const { busy, error, act, clear } = useAct();
	const create = <button type="button" class="primary" onClick={() => setCreating(true)}>Create API key</button>;
	const revoke = (k: Key) => act(async () => {
		await api.revokeKey(k.id);
		setRevoking(undefined);
		keys.reload();
	});
	return (
		<Page title="API keys" extra={admin && <span class="push">{create}</span>}>
			<p class="muted">An API key can use many projects or manage the server, depending on its permissions. For one application with one project, create a token on the Tokens page of the project instead.</p>
			<div class="card flush">
				<Await of={keys} what="API keys">{(all) => all.length === 0 ? <Empty title="No API key">{admin && create}</Empty> : (
					<Table label="API keys" rows={all} id={(k) => k.id} columns={[
						['Name', (k) => <>{k.name} {k.id === session.id && <span class="badge good">You</span>}</>, 'name'],
						['Key', (k) => <code>{k.prefix}…{k.last4}</code>, 'nowrap'],
						['Permissions', (k) => <ul>{k.permissions.map((p) => <li title={p}>{allows(p)}</li>)}</ul>],
						['Projects', (k) => (k.project_ids ? k.project_ids.map((id) => projectName(id, projects.data ?? [])).join(', ') : 'all')],
						['Last used', (k) => ago(k.last_used_at), 'nowrap'],
						['Expires', (k) => <Expiry at={k.expires_at} />, 'nowrap'],
						['', (k) => admin && <button type="button" class="danger small" aria-label={`Revoke ${k.name}`} onClick={() => { clear(); setRevoking(k); }}>Revoke</button>, 'end'],
					]} />
				)}</Await>
			</div>
			<Sessions />
			{creating && <Create projects={projects.data ?? []} onClose={() => setCreating(false)} onMade={(token) => { setCreating(false); setMade(token); keys.reload(); }} />}
			{made && <Secret title="Your new API key" token={made} onClose={() => setMade('')} />}
			{revoking && (
				<Confirm title={`Revoke ${revoking.name}?`} action="Revoke" busy={busy} error={error} onYes={() => revoke(revoking)} onClose={() => setRevoking(undefined)}>
					<p>{revoking.id === session.id ? 'You are signed in with this key: this will sign you out.' : 'Applications that use it stop working at once, and browsers that are signed in with it are signed out.'} This cannot be undone.</p>
				</Confirm>
			)}
		</Page>
	);
}

/** A list with an entry or without it. */
const toggled = <T,>(list: T[], entry: T, yes: boolean) => (yes ? [...list, entry] : list.filter((e) => e !== entry));

function Create({ projects, onClose, onMade }: { projects: Schemas['Project'][]; onClose: () => void; onMade: (token: string) => void }) {
	const [name, setName] = useState('');
	const [granted, setGranted] = useState<Permission[]>(['KvRead', 'KvWrite']);
	const [some, setSome] = useState(false);
	const [ids, setIDs] = useState<number[]>([]);
	const [days, setDays] = useState('');
	const { busy, error, act } = useAct();
	const create = () => act(async () => onMade((await api.createKey({ name, permissions: granted, ...(some && { project_ids: ids }), ...expiry(days) })).token));
	return (
		<Dialog title="Create an API key" onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void create(); }}>
				<Text label="Name" value={name} onText={setName} required maxLength={200} autofocus />
				<fieldset>
					<legend>Permissions</legend>
					<div class="choices">
						{permissions.map((p) => (
							<Check checked={granted.includes(p)} onCheck={(yes) => setGranted(toggled(granted, p, yes))}>
								{allows(p)} <span class="hint">{p}</span>
							</Check>
						))}
					</div>
				</fieldset>
				<Select label="Keys of which projects" value={some ? 'some' : 'all'} options={[['all', 'All projects'], ['some', 'Only these projects']]} onText={(v) => setSome(v === 'some')} />
				{some && (
					<div class="choices projects" role="group" aria-label="Projects" tabIndex={0}>
						{projects.length === 0 ? <span class="muted">There is no project yet.</span> : projects.map((p) => (
							<Check key={p.id} checked={ids.includes(p.id)} onCheck={(yes) => setIDs(toggled(ids, p.id, yes))}>{p.name} <span class="hint">{p.id}</span></Check>
						))}
					</div>
				)}
				<Select label="Expires" value={days} options={expiries} onText={setDays} />
				<Problem error={error} />
				<div class="foot"><button type="button" onClick={onClose}>Cancel</button><button class="primary" disabled={busy || granted.length === 0 || (some && ids.length === 0)}>{busy ? 'Creating…' : 'Create'}</button></div>
			</form>
		</Dialog>
	);
}
