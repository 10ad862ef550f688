// SPDX-License-Identifier: Apache-2.0

// Package archive is the part of the domain that is about backups: where they are kept, when they are made, and what
// they hold apart from the keys. Any package may import it; of the domain it imports kv and access.
package archive
