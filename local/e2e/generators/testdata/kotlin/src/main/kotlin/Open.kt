// SPDX-License-Identifier: Apache-2.0

package org.openapitools.client.models

// What answers inherit from that may gain fields. The generator's own choice, a HashMap, does not compile with fields
// such as keys and values, and holds none that was read.
open class Open<K, V>
