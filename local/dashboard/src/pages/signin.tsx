// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api, type Session } from '../api/client';
import { at } from '../base';
import icon from '../icon.svg';
import { useAct, useTitle } from '../ui/hooks';
import { Problem, Text } from '../ui/parts';

export interface Link {
	code?: string;
	/** It holds something else, such as an API key: nobody is signed in with what somebody else chose. */
	other?: boolean;
}

/** The code of the link that serve prints. It is after the #, so no log records it, and is removed from the address at once. */
export function takeLink(): Link {
	const code = location.pathname === at('/setup') ? location.hash.slice(1) : '';
	if (!code) return {};
	history.replaceState(null, '', at('/setup'));
	return code.startsWith('su_') ? { code } : { other: true };
}

const keyRefused: [string, string] = ['This API key is not valid', 'It is unknown, expired or revoked. Check that you copied all of it.'];
const linkRefused: [string] = ['This link does not work any more'];

/** Signs in, and leaves the address of the link. */
function useSignIn(onSignedIn: (session: Session) => void) {
	const { route } = useLocation();
	const { busy, error, act } = useAct();
	const [by, setBy] = useState('');
	const refused = by.startsWith('su_') ? linkRefused : keyRefused;
	const signIn = (token: string) => act(async () => {
		setBy(token);
		const session = await api.signIn(token);
		if (location.pathname === at('/setup')) route(at('/'), true);
		onSignedIn(session);
	});
	return { busy, problem: <Problem error={error} unauthorized={refused} />, failed: Boolean(error), signIn };
}

export function SignIn({ ended, link, onSignedIn }: { ended: boolean; link: Link; onSignedIn: (session: Session) => void }) {
	useTitle('Sign in');
	const [key, setKey] = useState('');
	const { busy, problem, failed, signIn } = useSignIn(onSignedIn);
	useEffect(() => { if (link.code) void signIn(link.code); }, [link.code]);
	return (
		<Door title="Sign in">
			{ended && !failed && <div class="notice warn" role="status">Your session has ended. Sign in to continue.</div>}
			{link.other && <div class="notice warn" role="status">This is not a sign-in link: make one with "tempskv dashboard", or paste an API key.</div>}
			{busy && link.code && !key ? <p class="muted" role="status">Signing you in with the link…</p> : null}
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void signIn(key.trim()); }}>
				<Text label="API key" type="password" name="api-key" autocomplete="current-password" placeholder="tk_…" required value={key} onText={setKey}
					hint="The first key was shown when the server started. Administrators can create more under API keys." />
				{problem}
				<button class="primary" disabled={busy || !key}>{busy ? 'Signing in…' : 'Sign in'}</button>
			</form>
		</Door>
	);
}

/** Somebody who is signed in has opened a link to sign in. */
export function AskBefore({ session, code, onSignedIn }: { session: Session; code: string; onSignedIn: (session: Session) => void }) {
	useTitle('Sign in');
	const { route } = useLocation();
	const { busy, problem, signIn } = useSignIn(onSignedIn);
	const stay = () => { route(at('/'), true); onSignedIn(session); };
	return (
		<Door title="Sign in with this link?">
			<p>You are signed in as <strong>{session.name}</strong>. The link signs you in as somebody else, and ends this session.</p>
			{problem}
			<div class="row">
				<button type="button" class="primary" onClick={stay}>Stay signed in</button>
				<button type="button" disabled={busy} onClick={() => signIn(code)}>{busy ? 'Signing in…' : 'Sign in with the link'}</button>
			</div>
		</Door>
	);
}

function Door({ title, children }: { title: string; children: ComponentChildren }) {
	return (
		<main class="door">
			<div class="card stack">
				<span class="brand"><img src={icon} alt="" width="26" height="26" />tempskv</span>
				<h1>{title}</h1>
				{children}
			</div>
		</main>
	);
}
