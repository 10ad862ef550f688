// SPDX-License-Identifier: Apache-2.0

import { failure } from './error.js';
import type { KVError } from './error.js';

/** Ends a call early: by its timeout, or by the signal of its caller. */
export class Stop {
  readonly #controller = new AbortController();
  readonly #end: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #caller: AbortSignal | undefined;

  constructor(timeout: number, caller: AbortSignal | undefined) {
    const limited = timeout > 0 && timeout < 2 ** 31; // the longest timer, about 24 days
    this.#end = limited ? Date.now() + timeout : Infinity;
    if (limited) this.#timer = setTimeout(this.#late, timeout, timeout);
    this.#caller = caller;
    caller?.addEventListener('abort', this.#aborted);
    if (caller?.aborted) this.#aborted();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Returns the error of the call, once it has been stopped. */
  get error(): KVError | undefined {
    return this.signal.aborted ? this.signal.reason : undefined;
  }

  /** Returns how many milliseconds are left. */
  left(): number {
    return this.#end - Date.now();
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      this.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(this.error);
      });
    });
  }

  /** Must be called when the call has ended: a timer would keep the process running, and a listener would leak memory. */
  release(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#aborted);
  }

  readonly #late = (timeout: number): void =>
    this.#controller.abort(failure('TIMEOUT', 'Timeout', `There was no answer within ${timeout} ms.`));

  readonly #aborted = (): void =>
    this.#controller.abort(failure('ABORTED', 'Aborted', 'The signal of the caller was aborted.', this.#caller?.reason));
}
