// SPDX-License-Identifier: Apache-2.0
//
// Ways to go elsewhere: the project switch and the command palette.

import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api, type Schemas } from './api/client';
import { at, base } from './base';
import { useSession } from './session';
import { projectName } from './ui/format';
import { type Command, Palette } from './ui/palette';
import { chooseTheme } from './ui/theme';

/** The projects, null while they are not known, or may not be. */
function useProjects(when: unknown): Schemas['Project'][] | null {
	const [projects, setProjects] = useState<Schemas['Project'][] | null>(null);
	useEffect(() => {
		let current = true;
		api.projects().then((all) => { if (current) setProjects(all); }, () => {});
		return () => { current = false; };
	}, [when]);
	return projects;
}

/** Goes to the same page of another project. */
export function ProjectSwitch() {
	const { path, route } = useLocation();
	const [, id = '', tab = ''] = new RegExp(`^${base}/projects/(\\d+)(?:/([^/?]*))?`).exec(path) ?? [];
	const projects = useProjects(id);
	if (!id || !projects?.some((p) => String(p.id) === id)) return null;
	return (
		<label class="field within">
			<span class="hidden">Project</span>
			<select value={id} aria-label="Project" onChange={(e) => route(at(`/projects/${e.currentTarget.value}/${tab}`))}>
				{projects.map((p) => <option value={p.id} selected={String(p.id) === id}>{projectName(p.id, projects).slice(0, 60)}</option>)}
			</select>
		</label>
	);
}

/**
 * The command palette, opened by Ctrl-K or Cmd-K, and a button for those who do not know that. They are apart: the button is in the
 * menu, which a phone hides.
 */
export function useGoTo(pages: { name: string; path: string }[]) {
	const [open, setOpen] = useState(false);
	useEffect(() => {
		const press = (e: KeyboardEvent) => {
			if (e.key.toLowerCase() !== 'k' || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
			e.preventDefault();
			if (!document.querySelector('dialog[open]')) setOpen(true);
		};
		window.addEventListener('keydown', press);
		return () => window.removeEventListener('keydown', press);
	}, []);
	const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
	return {
		goTo: <button type="button" class="small goto" aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen(true)}>Go to… <kbd aria-hidden="true">{mac ? '⌘' : 'Ctrl'} K</kbd></button>,
		palette: open && <Commands pages={pages} onClose={() => setOpen(false)} />,
	};
}

function Commands({ pages, onClose }: { pages: { name: string; path: string }[]; onClose: () => void }) {
	const { route } = useLocation();
	const { signOut } = useSession();
	const projects = useProjects(null);
	const commands: Command[] = [
		...pages.map(({ name, path }) => ({ name, hint: 'Page', run: () => route(at(path)) })),
		...(projects ?? []).map((p) => ({ name: p.name, hint: `Project ${p.id}`, run: () => route(at(`/projects/${p.id}`)) })),
		...(projects ?? []).flatMap((p) => ['Data', 'Connect', 'Tokens', 'Settings'].map((tab) => (
			{ name: `${p.name}: ${tab}`, hint: `Project ${p.id}`, byText: true, run: () => route(at(`/projects/${p.id}/${tab.toLowerCase()}`)) }))),
		{ name: 'Light theme', hint: 'Action', run: () => chooseTheme('light') },
		{ name: 'Dark theme', hint: 'Action', run: () => chooseTheme('dark') },
		{ name: 'Theme of the system', hint: 'Action', run: () => chooseTheme('system') },
		{ name: 'Documentation', hint: 'Page', run: () => location.assign(at('/docs')) },
		{ name: 'Sign out', hint: 'Action', run: () => void signOut() },
	];
	return <Palette commands={commands} onClose={onClose} />;
}
