// SPDX-License-Identifier: Apache-2.0
//
// CodeMirror writes its style sheet into an element, which the policy of the page forbids, except below a shadow root: there it
// makes a sheet by script. This lets the document have that sheet too. The tests notice if it stops working: the browser
// would report a violation of the policy.

import { StyleModule } from 'style-mod';

const shadow = document.createElement('div').attachShadow({ mode: 'open' });
StyleModule.mount(shadow, []);
for (const mark of Object.getOwnPropertySymbols(shadow)) Reflect.set(document, mark, Reflect.get(shadow, mark));
