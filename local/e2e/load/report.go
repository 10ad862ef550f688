// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// report is what a run finds out. What was not measured is left out.
type report struct {
	Machine     machine     `json:"machine"`
	Began       time.Time   `json:"began"`
	TookSeconds int         `json:"took_seconds"`
	Effort      effort      `json:"effort"`
	Goals       []goal      `json:"goals,omitzero"`
	GoalResults []result    `json:"goal_results,omitzero"`
	Commands    []result    `json:"commands,omitzero"`
	Sizes       []result    `json:"sizes,omitzero"`
	Memory      []memory    `json:"memory,omitzero"`
	Neighbours  []neighbour `json:"neighbours,omitzero"`
	Profiles    []profiled  `json:"profiles,omitzero"`
}

// write writes the report into a directory, for people and for programs.
func (r *report) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "bench.md"), []byte(r.markdown()), 0o644),
		os.WriteFile(filepath.Join(dir, "bench.json"), append(text, '\n'), 0o644),
	)
}
