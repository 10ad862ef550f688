// SPDX-License-Identifier: Apache-2.0

package access

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}
