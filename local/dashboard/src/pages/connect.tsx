// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { base } from '../base';
import { useCan } from '../session';
import { useAct } from '../ui/hooks';
import { Copy, Problem } from '../ui/parts';

export function Connect({ project }: { project: Schemas['Project'] }) {
	const admin = useCan('SystemAdmin');
	const [token, setToken] = useState('');
	const { busy, error, act } = useAct();
	const make = () => act(async () => setToken((await api.createToken(project.id, { name: 'made in Connect' })).token));
	const put = token || 'dt_…';
	const url = location.origin + base;
	const call = (op: string, body: string) =>
		`curl ${url}/api/kv/${op} -H 'Authorization: Bearer ${put}' -H 'Content-Type: application/json' -d '${body}'`;
	return (
		<>
			<section class="card stack">
				<div class="row apart">
					<div>
						<h2>A token for this project</h2>
						<p class="muted">{token ? 'It is in the lines below and is shown only once: copy what you need before you leave.' : 'Create one, and the lines below work as they are.'}</p>
					</div>
					{admin && <button type="button" class={token ? '' : 'primary'} disabled={busy} onClick={make}>{busy ? 'Making a token…' : token ? 'Make another' : 'Make a token'}</button>}
				</div>
				{token && <div class="row"><code class="secret" data-testid="token">{token}</code><Copy text={token} /></div>}
				<Problem error={error} />
			</section>
			<section class="card stack">
				<h2>From a shell</h2>
				<Snippet name="set" text={call('set', '{"key":"greeting","value":"hello"}')} />
				<Snippet name="get" text={call('get', '{"key":"greeting"}')} />
				<Snippet name="export" text={`${call('export', '{}')} --fail -o project-${project.id}.ndjson`} />
			</section>
			<section class="card stack">
				<h2>From TypeScript</h2>
				<Snippet name="install" text="npm install @temps-sdk/kv" />
				<Snippet name="use" text={`import { createKVClient } from '@temps-sdk/kv';\n\nconst kv = createKVClient({ baseUrl: '${url}', token: '${put}' });\n\nawait kv.set('greeting', 'hello', { ex: 3600 });\nconst greeting = await kv.get('greeting');`} />
			</section>
			<section class="card stack">
				<h2>From the environment</h2>
				<Snippet name="environment" text={`TEMPS_API_URL=${url}\nTEMPS_TOKEN=${put}`} />
			</section>
		</>
	);
}

function Snippet({ name, text }: { name: string; text: string }) {
	return (
		<div class="snippet">
			<div class="row"><span class="small muted">{name}</span><Copy text={text} label={`Copy ${name}`} /></div>
			<pre tabIndex={0} data-testid={`snippet-${name}`} aria-label={name} role="region">{text}</pre>
		</div>
	);
}
