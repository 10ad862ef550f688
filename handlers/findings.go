// SPDX-License-Identifier: Apache-2.0

package handlers

// finding is one thing that is wrong with a request: where, and what. It never holds a submitted value.
type finding struct {
	Location string `json:"location" example:"body.key" doc:"Where in the request: body, header, path or query, and the field."`
	Message  string `json:"message" example:"must not be empty" doc:"What is wrong there."`
}

// maxFindings bounds an answer: a caller that mends the first ones asks again.
const maxFindings = 20

// findings are answered 422, all at once.
type findings []finding

func (f *findings) add(location, message string) {
	if len(*f) < maxFindings {
		*f = append(*f, finding{location, message})
	}
}
