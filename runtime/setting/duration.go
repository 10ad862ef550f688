// SPDX-License-Identifier: Apache-2.0

package setting

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Duration reads a time as time.ParseDuration does, such as 500ms or 1h30m, and days too: 90d, 1d12h. A day has 24 hours.
func Duration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseInt(days, 10, 64)
	if err != nil || n > math.MaxInt64/int64(day) || n < -math.MaxInt64/int64(day) {
		return 0, fmt.Errorf("invalid number of days %q", days)
	}
	d := time.Duration(n) * day
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	switch {
	case err != nil || more < 0:
		return 0, fmt.Errorf("invalid time %q after the days", rest)
	case strings.HasPrefix(days, "-"):
		more = -more
	}
	if sum := d + more; (sum < d) == (more < 0) {
		return sum, nil
	}
	return 0, fmt.Errorf("the time %q is too long", text)
}
