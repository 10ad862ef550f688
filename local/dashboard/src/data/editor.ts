// SPDX-License-Identifier: Apache-2.0
//
// The editor of values, by CodeMirror. It is loaded when it is needed.

import './stylesheets';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { codeFolding, foldGutter, foldKeymap, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, Prec, Text } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { tagHighlighter, tags } from '@lezer/highlight';
import { escaped, oddInLines } from '../ui/odd';
import { faultOf } from './json';

export interface Options {
	text: string;
	json: boolean;
	readOnly: boolean;
	focus: boolean;
	attributes: Record<string, string>; // of what holds the text
	onText: (text: string) => void;
	onSave: () => void;
}

// The classes are in editor.css.
const colours = tagHighlighter([
	{ tag: tags.propertyName, class: 'cm-name' }, { tag: tags.string, class: 'cm-text' }, { tag: tags.number, class: 'cm-number' },
	{ tag: [tags.bool, tags.null], class: 'cm-word' },
]);

/** What the look of CodeMirror has to be told by itself, since its own rules come after style sheets. */
const theme = EditorView.theme({
	'&': { fontSize: '13px', color: 'var(--text)', backgroundColor: 'transparent', height: '100%' },
	'&.cm-focused': { outline: 'none' },
	'.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
	'.cm-content': { padding: '10px 0', caretColor: 'var(--text)' },
	'.cm-gutters': { backgroundColor: 'transparent', color: 'var(--muted)', border: '0' },
	'.cm-lineNumbers .cm-gutterElement': { minWidth: '34px', padding: '0 4px 0 8px' },
	'.cm-foldGutter .cm-gutterElement': { cursor: 'pointer', padding: '0 4px' },
	'.cm-foldPlaceholder': { backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)', color: 'var(--muted)', padding: '0 5px' },
	'.cm-cursor': { borderLeftColor: 'var(--text)' },
	'&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'color-mix(in srgb, var(--accent) 28%, transparent)' },
	'.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--warn-tint)' },
	'.cm-searchMatch-selected': { outline: '1px solid var(--warn)' },
	// Its own underline is a picture, which the policy of the page forbids.
	'.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--danger)' },
	'.cm-lintPoint::after': { display: 'none' },
	'.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line-strong)', borderRadius: '6px' },
	'.cm-panel.cm-search': { padding: '8px 32px 8px 10px', fontFamily: 'inherit', display: 'flex', flexWrap: 'wrap', gap: '6px 8px', alignItems: 'center' },
	'.cm-panel.cm-search br': { display: 'none' },
	'.cm-panel.cm-search label': { display: 'inline-flex', alignItems: 'center', gap: '4px', fontSize: '13px', fontWeight: '400', margin: '0' },
	'.cm-panel.cm-search input.cm-textfield': { flex: '1 1 160px', width: 'auto', minHeight: '30px', margin: '0', padding: '2px 8px', fontSize: '13px', border: '1px solid var(--line-strong)', backgroundColor: 'var(--surface)' },
	'.cm-panel.cm-search input[type=checkbox]': { margin: '0' },
	'.cm-button.cm-button': { margin: '0', padding: '2px 9px', fontSize: '13px', border: '1px solid var(--line-strong)', borderRadius: '8px', backgroundImage: 'none', backgroundColor: 'var(--surface)', textTransform: 'capitalize' },
	'.cm-panel.cm-search button[name=close]': { width: '24px', minHeight: '24px', fontSize: '16px', color: 'var(--muted)', top: '10px', right: '6px' },
	'.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--text)', borderColor: 'var(--line)' },
});

const validation = linter((view): Diagnostic[] => {
	const text = view.state.doc.toString();
	const fault = faultOf(text);
	if (!fault) return [];
	const from = Math.min(fault.at, Math.max(0, text.length - 1));
	return [{ from, to: Math.min(from + 1, text.length), severity: 'error', message: fault.message }];
}, { delay: 200, tooltipFilter: () => [] }); // the form shows the words

const oddCharacters = highlightSpecialChars({
	specialChars: oddInLines,
	render: (code, words) => {
		const shown = document.createElement('span');
		shown.className = 'cm-odd';
		shown.textContent = escaped(String.fromCharCode(code));
		shown.setAttribute('aria-label', words ?? shown.textContent);
		return shown;
	},
});

function extensions(o: Options): Extension[] {
	const save = { key: 'Mod-Enter', run: () => { o.onSave(); return true; } };
	return [
		EditorState.lineSeparator.of('\n'), // a \r is a character of the value
		lineNumbers(), oddCharacters, drawSelection(), EditorView.lineWrapping, search({ top: true }), highlightSelectionMatches(), theme,
		EditorView.contentAttributes.of({ ...o.attributes, tabindex: '0', spellcheck: 'false', ...(o.readOnly && { 'aria-readonly': 'true' }) }),
		EditorState.readOnly.of(o.readOnly),
		keymap.of([...defaultKeymap.filter((k) => k.key !== 'Escape'), ...searchKeymap, ...foldKeymap]),
		o.json ? [json(), syntaxHighlighting(colours), codeFolding(), foldGutter()] : [],
		o.readOnly ? [] : [
			history(), keymap.of(historyKeymap), Prec.highest(keymap.of([save])), o.json ? validation : [],
			EditorView.updateListener.of((update) => { if (update.docChanged) o.onText(update.state.doc.toString()); }),
		],
	];
}

/** Shows a text in an element, to be read or edited. Returns what removes it. */
export function edit(parent: HTMLElement, o: Options): () => void {
	const view = new EditorView({ parent, state: EditorState.create({ doc: Text.of(o.text.split('\n')), extensions: extensions(o) }) });
	if (o.focus) view.focus();
	return () => view.destroy();
}
