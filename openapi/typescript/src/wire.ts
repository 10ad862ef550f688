// SPDX-License-Identifier: Apache-2.0

import type { paths } from './openapi.js';

interface Answered {
  post: { responses: { 200: { content: { 'application/json': unknown } } } };
}

type OpOf<Path extends keyof paths> = Path extends `/api/kv/${infer Name}`
  ? paths[Path] extends Answered
    ? Name
    : never
  : never;

/** A data operation, by its name in the path. */
export type Op = OpOf<keyof paths>;

type Operation<O extends Op> = paths[`/api/kv/${O}`]['post'];

/** The request of an operation, without the project, which the client adds. */
export type Request<O extends Op> = Omit<Operation<O>['requestBody']['content']['application/json'], 'project_id'>;

/** The response of an operation with status 200. */
export type Answer<O extends Op> = Operation<O>['responses'][200]['content']['application/json'];
