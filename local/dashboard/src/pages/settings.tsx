// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas, type Status } from '../api/client';
import { useCan } from '../session';
import { engineName, versionOf } from '../ui/codes';
import { bytes } from '../ui/format';
import { useAct, useLoad, useSaid, useTitle } from '../ui/hooks';
import { Await, Check, Confirm, Page, Problem, Select, Text } from '../ui/parts';
import { Working } from '../ui/progress';
import { Health, Said } from './overview';

export function Settings() {
	useTitle('KV Storage');
	const status = useLoad(api.status, [], 5);
	const [done, setDone] = useSaid();
	const changed = (words: string) => { setDone(words); status.reload(); };
	return (
		<Page title="KV Storage" extra={status.data && <Health status={status.data} />}>
			<Await of={status} what="the settings">{(s) => (
				<>
					{done && <div class="notice good" role="status">{done}</div>}
					<Said status={s} />
					{s.enabled ? <On status={s} onChange={changed} /> : <Enable status={s} onChange={changed} />}
				</>
			)}</Await>
		</Page>
	);
}

type Engine = NonNullable<Schemas['EnableRequest']['engine']>;
type Eviction = NonNullable<Schemas['EnableRequest']['eviction']>;

const engines: [Engine, string, string][] = [
	['embedded', 'Embedded', 'One file in the data directory. Nothing else to run.'],
	['podman', 'Managed Redis', 'A Redis in a container that tempskv creates, watches and upgrades.'],
	['external', 'Your Redis', 'A Redis or Valkey that you already run.'],
];
const evictions: [Eviction, string][] = [
	['noeviction', 'Refuse writes'], ['volatile-lru', 'Delete keys that have an expiry, least used first'], ['allkeys-lru', 'Delete any key, least used first'],
];

/** The values of a form. An empty field is left out of the request. */
interface Wishes { version: string; image: string; memory: string; persistence: boolean; eviction: Eviction }

/** A version of Redis and the name of an image exclude each other. */
const image = (w: Wishes) => (w.image ? { docker_image: w.image } : w.version ? { version: w.version } : {});

function Enable({ status, onChange }: { status: Status; onChange: (words: string) => void }) {
	const admin = useCan('SystemAdmin');
	const fixed = status.engine as Engine | null;
	const [engine, setEngine] = useState<Engine>(fixed ?? 'embedded');
	const [url, setURL] = useState('');
	const [wishes, setWishes] = useState<Wishes>({
		version: '', image: '', memory: status.max_memory && status.max_memory !== '0' ? status.max_memory : '',
		persistence: status.persistence ?? true, eviction: (status.eviction as Eviction) ?? 'noeviction',
	});
	const { busy, error, act } = useAct();
	const enable = () => act(async () => {
		const answer = await api.enable({
			engine, ...(engine === 'external' && url && { redis_url: url }), ...(engine === 'podman' && image(wishes)),
			...(engine !== 'external' && wishes.memory && { max_memory: wishes.memory }),
			...(engine === 'podman' && { persistence: wishes.persistence, eviction: wishes.eviction }),
		});
		onChange(answer.message);
	});
	return (
		<form class="card stack" onSubmit={(e) => { e.preventDefault(); void enable(); }}>
			<div>
				<h2>{fixed ? 'KV Storage is off' : 'Enable KV Storage'}</h2>
				<p class="muted">{fixed ? 'Its data is kept until you turn it on.' : 'Choose where the data is stored. You cannot change this later.'}</p>
			</div>
			<fieldset disabled={busy || !admin}>
				<legend>Engine</legend>
				<div class="choices cards">
					{engines.map(([name, title, words]) => (
						<label class="choice">
							<input type="radio" name="engine" value={name} checked={engine === name} disabled={fixed !== null && fixed !== name} onChange={() => setEngine(name)} />
							<span><strong>{title}</strong><span class="hint">{words}</span></span>
						</label>
					))}
				</div>
			</fieldset>
			{engine === 'external' && <Text label="Redis URL" type="password" placeholder="redis://:password@host:6379/0" value={url} onText={setURL} required={!fixed} hint={fixed ? 'Leave it empty to keep the stored one.' : 'Begins with redis://, rediss:// (with TLS) or unix://. It is stored on the server and never shown again.'} />}
			{engine === 'podman' && <Image wishes={wishes} onChange={setWishes} now={status.docker_image} />}
			{engine !== 'external' && <Memory wishes={wishes} onChange={setWishes} full={engine === 'podman'} />}
			{busy && <Working />}
			<Problem error={error} />
			<div class="row"><button class="primary" disabled={busy || !admin}>{busy ? 'Enabling…' : 'Enable'}</button>{!admin && <span class="muted">Only an API key that may do everything can turn it on.</span>}</div>
		</form>
	);
}

function Image({ wishes, onChange, now }: { wishes: Wishes; onChange: (w: Wishes) => void; now: string | null }) {
	return (
		<div class="fields">
			<Text label="Redis version" placeholder="8" value={wishes.version} onText={(version) => onChange({ ...wishes, version, image: '' })} hint={now ? `Now ${now}. Leave it empty to keep it.` : 'Leave it empty for the newest version that tempskv is tested with.'} />
			<Text label="Or an image" placeholder="docker.io/valkey/valkey:9-alpine" value={wishes.image} onText={(name) => onChange({ ...wishes, image: name, version: '' })} hint="A container image of Redis or Valkey." />
		</div>
	);
}

function Memory({ wishes, onChange, full }: { wishes: Wishes; onChange: (w: Wishes) => void; full: boolean }) {
	return (
		<>
			<div class="fields">
				<Text label="Max memory" placeholder="256mb" value={wishes.memory} onText={(memory) => onChange({ ...wishes, memory })} hint="For example 256mb or 1gb. 0 is no limit." />
				{full && <Select label="When it is full" value={wishes.eviction} options={evictions} onText={(e) => onChange({ ...wishes, eviction: e as Eviction })} />}
			</div>
			{full && <Check checked={wishes.persistence} onCheck={(persistence) => onChange({ ...wishes, persistence })}>Keep data when Redis restarts</Check>}
		</>
	);
}

function On({ status, onChange }: { status: Status; onChange: (words: string) => void }) {
	const admin = useCan('SystemAdmin');
	return (
		<>
			<section class="card stack">
				<h2>What runs</h2>
				<dl class="facts">
					<dt>Engine</dt><dd>{engineName(status.engine)} <span class="muted">{engines.find(([name]) => name === status.engine)?.[2]}</span></dd>
					<dt>Version</dt><dd>{versionOf(status).replace(/^Version /, '')}</dd>
					{status.docker_image && <><dt>Image</dt><dd class="mono">{status.docker_image}</dd></>}
					{status.used_memory != null && <><dt>Memory</dt><dd>{bytes(status.used_memory)} used, {limit(status.max_memory)}</dd></>}
					{status.eviction !== undefined && <><dt>When it is full</dt><dd>{policy(status.eviction)}</dd></>}
					{status.persistence !== undefined && <><dt>After a restart</dt><dd>{status.persistence === null ? unknown : status.persistence ? 'The data is kept' : 'The data is lost'}</dd></>}
				</dl>
			</section>
			{admin && status.engine !== 'external' && <Update status={status} onChange={onChange} />}
			{admin && status.engine === 'external' && <Move onChange={onChange} />}
			{admin && <Disable onChange={onChange} />}
		</>
	);
}

/** What the server does not report is shown as unknown, never as its setting. */
const unknown = 'Not known: the server does not report it';
const limit = (max: string | null | undefined) => (max == null ? 'limit not known' : max === '0' ? 'no limit' : `at most ${max.replace(/^(\d+)([kmgt]b)$/, (_, n, unit) => `${n} ${unit.toUpperCase()}`)}`);
const policy = (name: string | null) => (name === null ? unknown : evictions.find(([known]) => known === name)?.[1] ?? name);

/** Changes the address or the password of the Redis. */
function Move({ onChange }: { onChange: (words: string) => void }) {
	const [url, setURL] = useState('');
	const { busy, error, act } = useAct();
	const move = () => act(async () => {
		const answer = await api.update({ redis_url: url });
		setURL('');
		onChange(answer.message);
	});
	return (
		<form class="card stack" onSubmit={(e) => { e.preventDefault(); void move(); }}>
			<h2>Address or password</h2>
			<Text label="Redis URL" type="password" placeholder="redis://:password@host:6379/0" value={url} onText={setURL} required hint="The new URL of the Redis that holds your keys. It is checked first, and then used without interruption." />
			<Problem error={error} />
			<div class="row"><button class="primary" disabled={busy || !url}>{busy ? 'Checking…' : 'Change'}</button></div>
		</form>
	);
}

/** Describes what an update will do. */
function consequence(status: Status, change: Schemas['UpdateRequest']): string {
	if (Object.keys(change).length === 0) return 'Nothing is changed yet.';
	if (change.version || change.docker_image) {
		return 'The image is downloaded and your data is copied first, while applications keep working. Then they are refused for some seconds, ' +
			'until the new Redis has read the copy. If anything fails, the old one goes on with the data as it was.';
	}
	if (status.engine === 'podman' && change.persistence !== undefined) return 'It takes effect at once. To keep data, all keys are written to the disk first.';
	return 'It takes effect at once, without interruption.';
}

function Update({ status, onChange }: { status: Status; onChange: (words: string) => void }) {
	const [wishes, setWishes] = useState<Wishes>({
		version: '', image: '', memory: status.max_memory ?? '', persistence: status.persistence ?? true, eviction: (status.eviction as Eviction) ?? 'noeviction',
	});
	const { busy, error, act, clear } = useAct();
	const wish = (next: Wishes) => { clear(); setWishes(next); };
	const podman = status.engine === 'podman';
	const change: Schemas['UpdateRequest'] = {
		...(podman && image(wishes)),
		...(wishes.memory && wishes.memory !== status.max_memory && { max_memory: wishes.memory }),
		...(podman && wishes.eviction !== status.eviction && { eviction: wishes.eviction }),
		...(podman && wishes.persistence !== status.persistence && { persistence: wishes.persistence }),
	};
	const update = () => act(async () => {
		const answer = await api.update(change);
		setWishes({ ...wishes, version: '', image: '' });
		onChange(answer.message);
	});
	return (
		<form class="card stack" onSubmit={(e) => { e.preventDefault(); void update(); }}>
			<h2>Update</h2>
			{podman && <Image wishes={wishes} onChange={wish} now={status.docker_image} />}
			<Memory wishes={wishes} onChange={wish} full={podman} />
			{error === undefined && <p class="notice" role="status">{consequence(status, change)}</p>}
			{busy && <Working />}
			<Problem error={error} />
			<div class="row"><button class="primary" disabled={busy || Object.keys(change).length === 0}>{busy ? 'Updating…' : 'Update'}</button></div>
		</form>
	);
}

function Disable({ onChange }: { onChange: (words: string) => void }) {
	const [asking, setAsking] = useState(false);
	const { busy, error, act, clear } = useAct();
	const disable = () => act(async () => {
		const answer = await api.disable();
		setAsking(false);
		onChange(answer.message);
	});
	return (
		<section class="card danger row apart">
			<div><h2>Disable</h2><p class="muted">Applications cannot read or write until you enable it again. The data is kept.</p></div>
			<button type="button" class="danger" onClick={() => { clear(); setAsking(true); }}>Disable KV Storage</button>
			{asking && (
				<Confirm title="Disable KV Storage?" action="Disable" busy={busy} error={error} onYes={disable} onClose={() => setAsking(false)}>
					<p>Every call of your applications is refused until it is enabled again. <strong>The data is kept.</strong></p>
				</Confirm>
			)}
		</section>
	);
}
