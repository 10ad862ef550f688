// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { Switch } from './parts';
import { chooseTheme, type Theme, theme } from './theme';

export function ThemeSwitch() {
	const [, changed] = useState(0);
	useEffect(() => {
		const again = () => changed((n) => n + 1);
		window.addEventListener('theme', again);
		return () => window.removeEventListener('theme', again);
	}, []);
	return <Switch label="Theme" value={theme()} options={[['light', 'Light'], ['dark', 'Dark'], ['system', 'Auto']]} onChoose={(t) => chooseTheme(t as Theme)} />;
}
