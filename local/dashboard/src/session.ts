// SPDX-License-Identifier: Apache-2.0

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Schemas, Session } from './api/client';

export interface SignedIn {
	session: Session;
	signOut: () => Promise<void>;
}

export const SessionContext = createContext<SignedIn>(null!);
export const useSession = () => useContext(SessionContext);

/** Reports whether the session has the permission. */
export function useCan(permission: Schemas['Permission']): boolean {
	const { session } = useSession();
	return session.permissions.includes('SystemAdmin') || session.permissions.includes(permission);
}
