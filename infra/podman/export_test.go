// SPDX-License-Identifier: Apache-2.0

package podman

// What tests need of this package for cases that a real podman cannot produce in every form.
var (
	CheckUpgrade = checkUpgrade
	ParseBuild   = parseBuild
	FollowPull   = followPull
	Shorten      = shorten
)

// Build is exported for tests.
type Build = build
