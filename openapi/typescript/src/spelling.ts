// SPDX-License-Identifier: Apache-2.0

/** What other clients call an option, in lower case without `_` and `-`. */
const synonyms: Record<string, string> = {
  ex: 'ttl exp expire expires expiry expiresin expirationttl seconds maxage',
  px: 'pttl pexpire ms milliseconds expirein',
  nx: 'ifnotexists',
  xx: 'ifexists',
  match: 'pattern prefix glob filter',
  count: 'limit size pagesize batchsize',
  signal: 'abortsignal abort',
  timeout: 'timeoutms',
  retries: 'retry maxretries',
  baseUrl: 'url uri endpoint host server resturl',
  token: 'key apikey authtoken accesstoken password',
  projectId: 'project',
};

/** Options of other clients that have no counterpart, and what to do instead. */
const missing: [words: string, instead: string][] = [
  ['exat pxat expireat pexpireat expiresat expiration', 'it is a point in time: write ex, the seconds until then'],
  ['get', 'set does not return the old value'],
  ['by amount increment incrby decrby', 'the amount is the second argument'],
  ['cursor', 'scanPage takes it'],
  ['type withtype', 'keys are not found by their type'],
];

/** Says what to write instead of an option that is not one of those. */
export function spelling(option: string, allowed: string[]): string {
  const word = plain(option);
  const among = (words: string | undefined) => words?.split(' ').includes(word);
  const found = allowed.find((name) => plain(name) === word && name !== 'ttl') ?? allowed.find((name) => among(synonyms[name]));
  if (found) return `write ${found}`;
  return missing.find(([words]) => among(words))?.[1] ?? `there are ${allowed.join(', ')}`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}
