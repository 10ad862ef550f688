// SPDX-License-Identifier: Apache-2.0

package meter

// Fault is what a store fails in, other than by what its caller asked for.
type Fault uint8

// The faults, as kv's errors of these names have them; Internal is every other error.
const (
	Unavailable Fault = iota
	Timeout
	OutcomeUnknown
	StorageFull
	OutOfMemory
	Internal
	faults
)

// String returns the fault as metrics name it.
func (f Fault) String() string {
	return [faults]string{"unavailable", "timeout", "outcome_unknown", "storage_full", "out_of_memory", "internal"}[f]
}

// Fail counts a fault of the store.
func (m *Meter) Fail(f Fault) { m.failed[f].Add(1) }

// Faults returns how often the store failed in what.
func (m *Meter) Faults() map[Fault]uint64 {
	all := make(map[Fault]uint64, faults)
	for f := range faults {
		all[f] = m.failed[f].Load()
	}
	return all
}
