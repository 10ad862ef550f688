// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { api, listeners, Refusal, type Session, watchTabs } from './api/client';
import { Backups } from './backups/backups';
import { at, base } from './base';
import icon from './icon.svg';
import { ProjectSwitch, useGoTo } from './navigation';
import { APIKeys } from './pages/apikeys';
import { Audit } from './pages/audit';
import { NotFound } from './pages/notfound';
import { Overview } from './pages/overview';
import { ProjectPage } from './pages/project';
import { Projects } from './pages/projects';
import { Settings } from './pages/settings';
import { AskBefore, SignIn, takeLink } from './pages/signin';
import { System } from './pages/system';
import { SessionContext, useCan, useSession } from './session';
import { Icon } from './ui/icons';
import { useAct } from './ui/hooks';
import { Problem } from './ui/parts';
import { ThemeSwitch } from './ui/themeswitch';

export function App() {
	const [session, setSession] = useState<Session | null | undefined>();
	const [ended, setEnded] = useState(false);
	const [reached, setReached] = useState(true);
	const [failed, setFailed] = useState<unknown>();
	const [link, setLink] = useState(takeLink);

	const enter = (s: Session | null) => { setSession(s); setFailed(undefined); };
	const signedIn = (s: Session) => { setEnded(false); setLink({}); enter(s); };
	const resume = () => api.session().then(enter, (error) => {
		if (error instanceof Refusal && error.status === 401) enter(null);
		else setFailed(error);
	});
	useEffect(() => {
		listeners.reached = setReached;
		listeners.signedOut = () => { enter(null); setEnded(true); };
		void resume();
		const another = () => setLink((now) => (location.hash ? takeLink() : now)); // pasted over the address of the last one
		window.addEventListener('hashchange', another);
		const unwatch = watchTabs(() => void resume());
		return () => { unwatch(); window.removeEventListener('hashchange', another); };
	}, []);
	useEffect(() => {
		if (reached) return;
		const timer = setInterval(async () => {
			const answer = await fetch(at('/livez'), { signal: AbortSignal.timeout(5000) }).catch(() => null);
			if (!answer?.ok) return;
			setReached(true);
			if (session === undefined) void resume();
			window.dispatchEvent(new Event('reached'));
		}, 2000);
		return () => clearInterval(timer);
	}, [reached, session]);

	const signOut = async () => {
		await api.signOut();
		setEnded(false);
		enter(null);
	};
	return (
		<LocationProvider>
			{!reached && <div class="offline" role="status">The server does not answer. Trying again…</div>}
			{session && link.code ? (
				<AskBefore session={session} code={link.code} onSignedIn={signedIn} />
			) : session ? (
				<SessionContext.Provider value={{ session, signOut }}><Frame /></SessionContext.Provider>
			) : session === null ? (
				<SignIn ended={ended} link={link} onSignedIn={signedIn} />
			) : (
				<main class="door">{failed && reached ? <Problem error={failed} /> : <p class="muted" role="status">{reached ? 'Checking your session…' : ''}</p>}</main>
			)}
		</LocationProvider>
	);
}

const nav = [
	['/', 'Overview', 'overview'], ['/settings', 'KV Storage', 'settings'], ['/projects', 'Projects', 'projects'],
	['/backups', 'Backups', 'backups'], ['/api-keys', 'API keys', 'keys'], ['/audit', 'Audit', 'audit'], ['/system', 'System', 'system'],
] as const;

function Frame() {
	const { path: address } = useLocation();
	const path = address.slice(base.length) || '/';
	const reads = useCan('SystemRead');
	const shown = nav.filter(([href]) => reads || href !== '/backups');
	const { goTo, palette } = useGoTo(shown.map(([path, name]) => ({ name, path })));
	const [open, setOpen] = useState(false);
	useEffect(() => setOpen(false), [path]);
	return (
		<div class="frame">
			<a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to content</a>
			<header class={`side ${open ? '' : 'closed'}`}>
				<a class="brand" href={at('/')}><img src={icon} alt="" width="26" height="26" />tempskv</a>
				<button type="button" class="menu small" aria-expanded={open} aria-controls="nav" onClick={() => setOpen(!open)}>Menu</button>
				<div class="nav" id="nav">
					{goTo}
					<nav class="nav" aria-label="Pages">
						{shown.map(([href, name, look]) => (
							<>
								<a href={at(href)} aria-current={(href === '/' ? path === '/' : path.startsWith(href)) ? 'page' : undefined}><Icon name={look} />{name}</a>
								{href === '/projects' && <ProjectSwitch />}
							</>
						))}
					</nav>
				</div>
				<Who />
			</header>
			{palette}
			<main class="main" id="main" tabIndex={-1}>
				<ErrorBoundary>
					<Router>
						<Route path={at('/')} component={Overview} />
						<Route path={at('/setup')} component={Overview} />
						<Route path={at('/settings')} component={Settings} />
						<Route path={at('/projects')} component={Projects} />
						<Route path={at('/projects/:id/:tab?')} component={ProjectPage} />
						<Route path={at('/backups')} component={Backups} />
						<Route path={at('/api-keys')} component={APIKeys} />
						<Route path={at('/audit')} component={Audit} />
						<Route path={at('/system')} component={System} />
						<Route default component={NotFound} />
					</Router>
				</ErrorBoundary>
			</main>
		</div>
	);
}

function Who() {
	const { session, signOut } = useSession();
	const { busy, error, act } = useAct();
	return (
		<div class="who">
			<ThemeSwitch />
			<span class="small muted">Signed in as<br /><strong>{session.name}</strong></span>
			<button type="button" class="small" disabled={busy} onClick={() => act(signOut)}>{busy ? 'Signing out…' : 'Sign out'}</button>
			<Problem error={error} />
		</div>
	);
}
