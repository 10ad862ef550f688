// SPDX-License-Identifier: Apache-2.0

// Package engine is the part of the domain that says what holds the keys: the engines, their settings, status and
// warnings, and the state that outlives a restart. Any package may import it; of the domain it imports kv.
package engine
