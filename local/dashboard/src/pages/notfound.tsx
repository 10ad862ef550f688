// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import { at } from '../base';
import { useTitle } from '../ui/hooks';
import { Empty, Page } from '../ui/parts';

/** The page for what is not found. */
export function NotFound({ title = 'There is nothing at this address', children }: { title?: string; children?: ComponentChildren }) {
	useTitle('Not found');
	return <Page title="Not found"><div class="card"><Empty title={title}>{children}<a href={at('/')}>Go to the overview</a></Empty></div></Page>;
}
