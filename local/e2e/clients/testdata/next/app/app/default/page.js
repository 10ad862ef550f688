// SPDX-License-Identifier: Apache-2.0

import { kv } from '@temps-sdk/kv';

// The build has no environment for this client.
export default async function Page() {
  return <p>{await kv.get('next')}</p>;
}
