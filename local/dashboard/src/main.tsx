// SPDX-License-Identifier: Apache-2.0

import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { App } from './app';
import { enterBase } from './base';
import { showOddCharacters } from './ui/odd';
import { startTheme } from './ui/theme';

enterBase();
startTheme();
showOddCharacters();
render(<App />, document.getElementById('app')!);
