// SPDX-License-Identifier: Apache-2.0
//
// It runs before the page is shown, so that the page does not flash in another theme.
(() => {
	const root = document.documentElement, system = matchMedia('(prefers-color-scheme: dark)');
	const chosen = () => { try { return localStorage.getItem('tempskv-theme'); } catch { return null; } };
	window.isDark = () => (chosen() ?? (system.matches ? 'dark' : 'light')) === 'dark';
	window.applyTheme = () => {
		const theme = chosen();
		if (theme) root.dataset.theme = theme;
		else delete root.dataset.theme;
		root.classList.toggle('dark-mode', isDark()); // swagger-ui looks for it
	};
	window.chooseTheme = (theme) => {
		try {
			if ((theme === 'dark') === system.matches) localStorage.removeItem('tempskv-theme');
			else localStorage.setItem('tempskv-theme', theme);
		} catch { /* Then the choice cannot be kept. */ }
		applyTheme();
	};
	system.addEventListener('change', applyTheme);
	root.classList.add('js');
	applyTheme();
})();
