// SPDX-License-Identifier: Apache-2.0

// Package access is the part of the domain that says who may do what: projects, principals, tokens, sessions and the
// audit log. Any package may import it; of the domain it imports kv.
package access
