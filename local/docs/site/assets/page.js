// SPDX-License-Identifier: Apache-2.0

const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const make = (tag, properties, ...children) => {
	const element = Object.assign(document.createElement(tag), properties);
	element.append(...children);
	return element;
};

// The theme.
const theme = one('button.theme');
const showTheme = () => theme.setAttribute('aria-pressed', String(isDark()));
theme.addEventListener('click', () => { chooseTheme(isDark() ? 'light' : 'dark'); showTheme(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);
showTheme();
theme.hidden = false;

// The menu on narrow screens. While it is open, it is all that there is below the top.
const menu = one('button.menu'), side = one('#menu');
const openMenu = (open) => {
	menu.setAttribute('aria-expanded', String(open));
	document.documentElement.classList.toggle('menu-open', open);
};
const isMenuOpen = () => menu.getAttribute('aria-expanded') === 'true';
menu.addEventListener('click', () => openMenu(!isMenuOpen()));
side.addEventListener('click', (e) => { if (e.target.closest('a')) openMenu(false); });
addEventListener('keydown', (e) => { if (e.key === 'Escape' && isMenuOpen()) { openMenu(false); menu.focus(); } });
menu.hidden = false;
const current = side.querySelector('.codes [aria-current]') ?? side.querySelector('[aria-current]');
const showCurrent = () => { if (current && current.offsetTop > side.clientHeight) side.scrollTop = current.offsetTop - side.clientHeight / 2; };
menu.addEventListener('click', showCurrent);
showCurrent();

// Buttons that copy code.
for (const block of all('.code')) {
	const button = make('button', { type: 'button', className: 'copy', textContent: 'Copy' });
	button.setAttribute('aria-live', 'polite');
	button.addEventListener('click', async () => {
		try {
			await copy(block.querySelector('code').textContent);
			button.textContent = 'Copied';
		} catch {
			getSelection().selectAllChildren(block.querySelector('code'));
			button.textContent = 'Selected';
		}
		setTimeout(() => { button.textContent = 'Copy'; }, 2000);
	});
	block.append(button);
}

// Without TLS, and not on this machine, browsers have no clipboard to write to. Some refuse it.
async function copy(text) {
	try {
		return await navigator.clipboard.writeText(text);
	} catch { /* The old way may work. */ }
	const area = make('textarea', { value: text, readOnly: true, className: 'hidden' });
	document.body.append(area);
	area.select();
	const copied = document.execCommand('copy');
	area.remove();
	if (!copied) throw new Error('not copied');
}

// The place in the table of contents.
const entries = new Map(all('.aside a').map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
const headings = [...entries.keys()].map((id) => document.getElementById(id)).filter(Boolean);
function showPlace() {
	const passed = headings.filter((h) => h.getBoundingClientRect().top < 120).at(-1);
	for (const [id, a] of entries) {
		if (id === passed?.id) a.setAttribute('aria-current', 'location');
		else a.removeAttribute('aria-current');
	}
}
if (headings.length > 0) {
	addEventListener('scroll', showPlace, { passive: true });
	showPlace();
}

// The search.
const search = one('.search'), input = search.querySelector('input'), found = one('#found');
const status = search.querySelector('[role=status]');
const root = new URL(search.dataset.root, location.href).href;
let sections, chosen = -1;
search.hidden = false;

// load reads the sections of all pages once.
async function load() {
	sections ??= fetch(search.dataset.index).then((answer) => {
		if (!answer.ok) throw new Error(`answered ${answer.status}`);
		return answer.json();
	}).then((list) => list.map((s) => ({
		...s, title: s.t.toLowerCase(), heading: (s.h ?? '').toLowerCase(), text: (s.x ?? '').toLowerCase(),
	})));
	sections.catch(() => { sections = undefined; }); // the next search tries again
	return sections;
}

// score says how well a section fits all words; 0 if one is missing.
function score(section, words) {
	let sum = 0;
	for (const word of words) {
		const at = (text) => text === word ? 3 : text.startsWith(word) ? 2 : text.includes(word) ? 1 : 0;
		const one = at(section.title) * 40 * (section.h ? 0.5 : 1) + at(section.heading) * 30 +
			Math.min(section.text.split(word).length - 1, 5) * 2;
		if (one === 0) return 0;
		sum += one;
	}
	return sum;
}

// excerpt returns the part of a text around the first of the words that is in it.
function excerpt(section, words) {
	const places = words.map((word) => section.text.indexOf(word)).filter((i) => i >= 0);
	const begin = places.length ? Math.max(0, Math.min(...places) - 40) : 0;
	return (begin > 0 ? '…' : '') + (section.x ?? '').slice(begin, begin + 130);
}

// marked puts the words of a text that were looked for in bold.
function marked(text, words) {
	const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	return text.split(new RegExp(`(${escaped.join('|')})`, 'i')).map((part, i) => i % 2 ? make('mark', {}, part) : part);
}

async function show() {
	const text = input.value.trim().toLowerCase(), words = text.split(/\s+/).filter(Boolean);
	if (words.length === 0) return hide();
	let list;
	try {
		list = await load();
	} catch {
		status.textContent = 'The search could not be loaded.';
		return;
	}
	if (text !== input.value.trim().toLowerCase()) return;
	const hits = list.map((section) => ({ section, score: score(section, words) })).filter((hit) => hit.score > 0)
		.sort((a, b) => b.score - a.score).slice(0, 12);
	found.replaceChildren(...hits.map(({ section }, i) => {
		const link = make('a', { id: `found-${i}`, href: root + (section.p && `/${section.p}`) + (section.i ? `#${section.i}` : ''), tabIndex: -1 },
			make('span', { className: 'where' }, ...marked(section.t, words), ...section.h ? [' › ', ...marked(section.h, words)] : []),
			make('span', { className: 'what' }, ...marked(excerpt(section, words), words)));
		link.setAttribute('role', 'option');
		link.addEventListener('click', hide);
		return link;
	}));
	if (hits.length === 0) found.replaceChildren(make('p', { className: 'none' }, `Nothing is found for “${input.value.trim()}”.`));
	found.setAttribute('role', hits.length ? 'listbox' : 'note');
	status.textContent = `${hits.length} results`;
	found.hidden = false;
	input.setAttribute('aria-expanded', 'true');
	choose(hits.length ? 0 : -1);
}

function hide() {
	found.hidden = true;
	input.setAttribute('aria-expanded', 'false');
	choose(-1);
}

function choose(index) {
	const options = [...found.querySelectorAll('a')];
	chosen = options.length ? (index + options.length) % options.length : -1;
	if (index < 0 && found.hidden) chosen = -1;
	options.forEach((option, i) => option.setAttribute('aria-selected', String(i === chosen)));
	options[chosen]?.scrollIntoView({ block: 'nearest' });
	if (options[chosen]) input.setAttribute('aria-activedescendant', options[chosen].id);
	else input.removeAttribute('aria-activedescendant');
}

input.addEventListener('focus', () => { load().catch(() => {}); if (input.value) show(); });
input.addEventListener('input', show);
input.addEventListener('keydown', (e) => {
	if (e.key === 'Escape') {
		if (found.hidden) input.blur();
		hide();
	} else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
		choose(chosen + (e.key === 'ArrowDown' ? 1 : -1));
	} else if (e.key === 'Enter') {
		found.querySelectorAll('a')[chosen]?.click();
	} else {
		return;
	}
	e.preventDefault();
});
search.addEventListener('focusout', (e) => { if (!search.contains(e.relatedTarget)) hide(); });
found.addEventListener('mousedown', (e) => e.preventDefault()); // the focus stays in the field
addEventListener('keydown', (e) => {
	const typing = e.target.closest?.('input, textarea, select, [contenteditable]');
	if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || typing) return;
	e.preventDefault();
	input.focus();
	input.select();
});
