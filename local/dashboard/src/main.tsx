// SPDX-License-Identifier: Apache-2.0

import { render } from 'preact';
import './style.css';
import './pages/pages.css';
import { App } from './app';
import { enterBase } from './base';
import { showOddCharacters } from './ui/odd';
import { startTheme } from './ui/theme';

enterBase();
startTheme();
showOddCharacters();
render(<App />, document.getElementById('app')!);
