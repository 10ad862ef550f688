// SPDX-License-Identifier: Apache-2.0
//
// Calls go to where the page came from: behind a proxy the server may not know the scheme, and the browser does.
{
	const place = document.querySelector('#swagger-ui');
	const address = (path) => new URL(path, location.href).href;
	const each = (selector, change) => place.querySelectorAll(selector).forEach(change);
	const set = (element, name, value) => { if (element.getAttribute(name) !== value) element.setAttribute(name, value); };

	// improve gives names to what swagger-ui leaves without, and takes out what assistive technology cannot use.
	function improve() {
		each('main', (e) => set(e, 'aria-label', 'Operations'));
		each('.scheme-container', (e) => { set(e, 'role', 'region'); set(e, 'aria-label', 'Server and token'); });
		each('#servers', (e) => set(e, 'aria-label', 'Server'));
		each('select.examples-select-element', (e) => set(e, 'aria-label', 'Example'));
		each('select.content-type', (e) => set(e, 'aria-label', 'Media type'));
		each('select:not([aria-label], [id])', (e) => set(e, 'aria-label', 'Value'));
		each('.opblock-summary-control a[href]', (e) => e.removeAttribute('href')); // a link in a button
		each('.opblock-summary-control [tabindex]', (e) => e.removeAttribute('tabindex'));
		each('textarea:not([aria-label])', (e) => set(e, 'aria-label', 'Request body'));
		each('.opblock-body input:not([aria-label], [id])', (e) => set(e, 'aria-label', e.placeholder || 'Value'));
		each('.copy-to-clipboard:not([role]) > button:not([aria-label])', (e) => set(e, 'aria-label', 'Copy'));
		each('.copy-to-clipboard:not(:has(button))', (e) => { set(e, 'role', 'button'); set(e, 'tabindex', '0'); set(e, 'aria-label', 'Copy'); });
		each('.close-modal', (e) => set(e, 'aria-label', 'Close'));
		each('.modal-btn[aria-label]', (e) => e.removeAttribute('aria-label')); // it does not contain what the button shows
		each('pre.microlight, .highlight-code > pre', (e) => set(e, 'tabindex', '0'));
	}

	new MutationObserver(improve).observe(place, { childList: true, subtree: true });
	fetch(address(place.dataset.document)).then((answer) => answer.json()).then((spec) => {
		spec.servers = [{ url: address(place.dataset.server).replace(/\/$/, '') }];
		SwaggerUIBundle({ spec, domNode: place, deepLinking: true, persistAuthorization: false });
	}).catch((error) => {
		place.textContent = `The document could not be loaded (${error.message}): reload the page.`;
	});
}
