// SPDX-License-Identifier: Apache-2.0

package engine

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}
