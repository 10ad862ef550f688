// SPDX-License-Identifier: Apache-2.0
//
// Calls go to where the page came from: behind a proxy the server may not know the scheme, and the browser does.
{
	const place = document.querySelector('#swagger-ui');
	const address = (path) => new URL(path, location.href).href;
	fetch(address(place.dataset.document)).then((answer) => answer.json()).then((spec) => {
		spec.servers = [{ url: address(place.dataset.server).replace(/\/$/, '') }];
		spec.info.description = '';
		SwaggerUIBundle({ spec, domNode: place, deepLinking: true, persistAuthorization: false });
	}).catch((error) => {
		place.textContent = `The document could not be loaded (${error.message}): reload the page.`;
	});
}
