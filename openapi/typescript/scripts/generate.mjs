// SPDX-License-Identifier: Apache-2.0
//
// Writes src/openapi.ts from ../openapi.yaml; with --check it only compares, and fails if they differ.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundle, createConfig } from '@redocly/openapi-core';
import openapiTS, { astToString } from 'openapi-typescript';

const source = fileURLToPath(new URL('../../openapi.yaml', import.meta.url));
const target = new URL('../src/openapi.ts', import.meta.url);

// The SDK only has the data operations.
const config = await createConfig({ decorators: { 'filter-in': { property: 'tags', value: ['Data'] } } });
const document = (await bundle({ ref: source, config, removeUnusedComponents: true })).bundle.parsed;

// Every error is a Problem, so only the type of the 200 response is needed for each operation.
for (const { post } of Object.values(document.paths)) {
  post.responses = { 200: post.responses[200] };
}

// The fields and values that this version of the server has are those that the SDK knows. It ignores others.
for (const schema of Object.values(document.components.schemas)) {
  if (schema.additionalProperties === true) delete schema.additionalProperties;
  for (const property of Object.values(schema.properties ?? {})) {
    const known = property['x-extensible-enum'];
    if (known?.length === 1) property.enum = known;
  }
}

const types = astToString(await openapiTS(document, { silent: true, defaultNonNullable: false }));
const text = `// Code generated from ../openapi.yaml by npm run generate. DO NOT EDIT.

${types}`;

if (!process.argv.includes('--check')) {
  await writeFile(target, text);
} else if ((await readFile(target, 'utf8')) !== text) {
  console.error('src/openapi.ts is stale: make generate');
  process.exit(1);
}
