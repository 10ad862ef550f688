// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api, type Session } from '../api/client';
import icon from '../icon.svg';
import { useAct, useTitle } from '../ui/hooks';
import { Problem, Text } from '../ui/parts';

/** The code of the link that serve prints. It is after the #, so no log records it, and is removed from the address at once. */
function takeCode(): string {
	const code = location.pathname === '/setup' ? location.hash.slice(1) : '';
	if (code) history.replaceState(null, '', '/setup');
	return code;
}

export function SignIn({ ended, onSignedIn }: { ended: boolean; onSignedIn: (session: Session) => void }) {
	useTitle('Sign in');
	const { route } = useLocation();
	const [key, setKey] = useState('');
	const [code] = useState(takeCode);
	const { busy, error, act } = useAct();
	const signIn = (token: string) => act(async () => {
		const session = await api.signIn(token);
		if (location.pathname === '/setup') route('/', true);
		onSignedIn(session);
	});
	useEffect(() => { if (code) void signIn(code); }, []);
	return (
		<main class="door">
			<div class="card stack">
				<span class="brand"><img src={icon} alt="" width="26" height="26" />tempskv</span>
				<h1>Sign in</h1>
				{ended && !error && <div class="notice warn" role="status">Your session has ended. Sign in to continue.</div>}
				{busy && code && !key ? <p class="muted" role="status">Signing you in with the link…</p> : null}
				<form class="stack" onSubmit={(e) => { e.preventDefault(); void signIn(key.trim()); }}>
					<Text label="API key" type="password" name="api-key" autocomplete="current-password" placeholder="tk_…" required value={key} onText={setKey}
						hint="The first one was shown when the server started; administrators create more under API keys." />
					<Problem error={error} />
					<button class="primary" disabled={busy || !key}>{busy ? 'Signing in…' : 'Sign in'}</button>
				</form>
			</div>
		</main>
	);
}
