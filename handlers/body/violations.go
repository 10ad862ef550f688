// SPDX-License-Identifier: Apache-2.0

package body

// Violation is one thing that is wrong with a request. It never holds a submitted value.
type Violation struct {
	Location string `json:"location" example:"body.key" doc:"Where in the request: body, header, path or query, and the field."`
	Message  string `json:"message" example:"must not be empty" doc:"What is wrong there."`
}

// maxViolations bounds an answer: a caller that corrects the first ones asks again.
const maxViolations = 20

// Violations are answered together.
type Violations []Violation

// Add adds a violation, unless there are too many.
func (v *Violations) Add(location, message string) {
	if len(*v) < maxViolations {
		*v = append(*v, Violation{location, message})
	}
}
