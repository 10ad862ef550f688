// SPDX-License-Identifier: Apache-2.0

package kv

// Warning is something that is not as it should be, while the service may go on. It is shown in the status, by doctor, in
// the metrics and on the dashboard, and logged when it appears and when it goes.
type Warning struct {
	Code WarningCode
	// Detail says in a sentence what is wrong and what to do about it. It holds no secrets.
	Detail string
}

// WarningCode names a kind of Warning for programs. Codes stay the same from version to version.
type WarningCode string

// The codes.
const (
	// WarnEngine: the engine is not up, or was lost and is being brought back.
	WarnEngine WarningCode = "engine"
	// WarnLimits: the engine runs without a limit that the settings ask for.
	WarnLimits WarningCode = "limits_not_enforced"
)

// With returns a Warning of the code.
func (c WarningCode) With(detail string) Warning { return Warning{Code: c, Detail: detail} }
