// SPDX-License-Identifier: Apache-2.0

import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { App } from './app';
import { showOddCharacters } from './ui/odd';

showOddCharacters();
render(<App />, document.getElementById('app')!);
