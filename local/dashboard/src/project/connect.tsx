// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { at } from '../base';
import { useCan } from '../session';
import { useAct } from '../ui/hooks';
import { Copy, Problem, Switch } from '../ui/parts';
import * as lines from './lines';
import { Snippet } from './snippet';

const languages: [string, string][] = [['curl', 'curl'], ['typescript', 'TypeScript'], ['go', 'Go'], ['python', 'Python'], ['cli', 'CLI'], ['env', '.env']];
const none = 'dt_…';

export function Connect({ project }: { project: Schemas['Project'] }) {
	const admin = useCan('SystemAdmin');
	const [token, setToken] = useState('');
	const [language, setLanguage] = useState('curl');
	const { busy, error, act } = useAct();
	const make = () => act(async () => setToken((await api.createToken(project.id, { name: 'made in Connect' })).token));
	return (
		<>
			<section class="card stack">
				<div class="row apart">
					<div>
						<h2>A token for this project</h2>
						<p class="muted">{token ? 'It is in the lines below, and is shown only this once: copy what you need before you leave.' : admin ? 'Make one, and the lines below work as they are.' : `Put one in place of ${none} in the lines below. An administrator can make one.`}</p>
					</div>
					{admin && <button type="button" class={token ? '' : 'primary'} disabled={busy} onClick={make}>{busy ? 'Making a token…' : token ? 'Make another' : 'Make a token'}</button>}
				</div>
				{token && <div class="row"><code class="secret" data-testid="token">{token}</code><Copy text={token} label="Copy the token" /></div>}
				<Problem error={error} />
			</section>
			<section class="card stack">
				<div class="row apart"><h2>Lines to copy</h2><Switch label="Language" value={language} options={languages} onChoose={setLanguage} /></div>
				<Lines language={language} token={token || none} project={project} />
			</section>
		</>
	);
}

function Lines({ language, token, project }: { language: string; token: string; project: Schemas['Project'] }): ComponentChildren {
	switch (language) {
		case 'typescript':
			return (
				<>
					<Snippet name="TypeScript" file="kv.mjs, or any TypeScript module" text={lines.typescript(token)} />
					<p class="muted small">Run it with <code>node kv.mjs</code>. It only needs <code>fetch</code>: Node 18 or newer, Deno, Bun, or a worker. A client with types for everything is in the sources of tempskv: run <code>npm ci && npm pack</code> in <code>openapi/typescript</code>, and install the file that it makes.</p>
				</>
			);
		case 'go':
			return <><Snippet name="Go" file="main.go" text={lines.go(token)} /><p class="muted small">Run it with <code>go run main.go</code>. It needs only the standard library.</p></>;
		case 'python':
			return <><Snippet name="Python" file="kv.py" text={lines.python(token)} /><p class="muted small">Run it with <code>python3 kv.py</code>. It needs only the standard library.</p></>;
		case 'cli':
			return <><Snippet name="CLI" file="In a shell" text={lines.cli(token)} /><p class="muted small">The command line is the same program as the server: copy <code>tempskv</code> to where you need it.</p></>;
		case 'env':
			return <><Snippet name="env" file=".env" text={lines.env(token)} /><p class="muted small">The SDK reads <code>TEMPS_…</code>, and the command line reads <code>TEMPSKV_…</code>. Keep the file out of version control.</p></>;
	}
	return (
		<>
			<Snippet name="curl" file="Store a value, read it, and count" text={lines.curl(token)} />
			<Snippet name="export" file="Download all keys of the project" text={lines.download(token, project.id)} />
			<p class="muted small">Everything else is in the <a href={at('/docs')} target="_blank" rel="noreferrer">API reference</a>.</p>
		</>
	);
}
