// SPDX-License-Identifier: Apache-2.0
//
// Calls go to where the page came from: behind a proxy the server may not know the scheme, and the browser does.
fetch('/openapi.json').then((answer) => answer.json()).then((spec) => {
  spec.servers = [{ url: new URL('.', location.href).href.replace(/\/$/, '') }];
  SwaggerUIBundle({ spec, dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: false });
});
