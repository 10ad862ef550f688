// SPDX-License-Identifier: Apache-2.0

package podman

// What tests need to see that cannot be brought about in every form by a real podman.
var (
	CheckUpgrade = checkUpgrade
	ParseBuild   = parseBuild
	FollowPull   = followPull
)

// Build is exported for tests.
type Build = build
