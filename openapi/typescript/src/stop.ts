// SPDX-License-Identifier: Apache-2.0

import { failure } from './error.js';
import type { KVError } from './error.js';

/** How long a call without a time limit is repeated, in milliseconds. */
const patience = 30_000;

/** Ends a call early: by its timeout, or by the signal of its caller. */
export class Stop {
  readonly #controller = new AbortController();
  readonly #start = Date.now();
  readonly #time: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stopped: Promise<never>;
  readonly #caller: AbortSignal | undefined;

  constructor(timeout: number, caller: AbortSignal | undefined) {
    this.#stopped = new Promise((_, reject) => this.signal.addEventListener('abort', () => reject(this.error)));
    this.#stopped.catch(() => {}); // it is no fault that nobody waits for it
    const limited = timeout > 0 && timeout < 2 ** 31; // the longest timer, about 24 days
    this.#time = limited ? timeout : patience;
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

  /** Returns how many milliseconds are left to repeat the call in; 0 if too few for an answer. */
  left(): number {
    const left = this.#start + this.#time - Date.now();
    return left > this.#time / 20 ? left : 0;
  }

  /** Waits for a promise, unless the call is stopped before: then it rejects with the error of the call. */
  async until<T>(promise: Promise<T>): Promise<T> {
    if (this.error) throw this.error;
    return Promise.race([promise, this.#stopped]);
  }

  /** Waits so long, in milliseconds, or until the call is stopped. */
  async sleep(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
    await this.until(over).catch(() => clearTimeout(timer)); // a timer would keep the process running
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
