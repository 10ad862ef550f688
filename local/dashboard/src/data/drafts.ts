// SPDX-License-Identifier: Apache-2.0
//
// Changes that are not saved yet. They stay in memory when another key or page is opened, and the browser asks before it
// closes the page.

export interface Draft { kind: string; text: string; of: string } // of: the digest of the value that was edited

const drafts = new Map<string, Draft>();
const place = (project: number, key: string) => `${project} ${key}`;
const ask = (e: BeforeUnloadEvent) => e.preventDefault();

export const draftOf = (project: number, key: string) => drafts.get(place(project, key));

/** Keeps a draft; null forgets it. */
export function keepDraft(project: number, key: string, draft: Draft | null) {
	if (draft) drafts.set(place(project, key), draft);
	else drafts.delete(place(project, key));
	if (drafts.size > 0) window.addEventListener('beforeunload', ask);
	else window.removeEventListener('beforeunload', ask);
}
