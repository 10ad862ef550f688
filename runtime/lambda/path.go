// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"cmp"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// prefixForm is that of stages and base paths: one that pages and headers may repeat as it is.
var prefixForm = regexp.MustCompile(`^(/[0-9A-Za-z$_.+!~-]+)+$`)

// splitPath returns the path of the request as the API knows it, and what the client's path has before that, such as /prod: the
// stage of a gateway, or the base path of a custom domain. Which there is depends on the gateway and the host. If the event
// names its route, that decides; else the stage is in the path at hosts of execute-api only, and basePath is there or not.
func (e *event) splitPath(basePath string) (prefix, path string) {
	path = cmp.Or(e.RawPath, e.Path)
	if whole := e.RequestContext.Path; !e.isV2() && whole != path { // the one in the context also has the stage
		if before, ok := strings.CutSuffix(strings.TrimSuffix(whole, "/"), strings.TrimSuffix(path, "/")); ok {
			prefix = before
		}
	}
	if found, rest, ok := e.cutByRoute(path); ok {
		return repeatable(prefix + found), rest
	}
	host := cmp.Or(e.RequestContext.DomainName, e.Headers["host"], e.Headers["Host"])
	if stage := e.RequestContext.Stage; prefix == "" && stage != "$default" && strings.Contains(host, ".execute-api.") {
		prefix, path = cutPrefix(path, "/"+stage)
	}
	found, path := cutPrefix(path, cmp.Or(slashed(e.RequestContext.CustomDomain.BasePathMatched), basePath))
	return repeatable(prefix + found), path
}

// slashed returns a base path with a / before it; it stays empty if it is.
func slashed(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return "/" + path
}

// repeatable returns prefix, or nothing if pages and headers must not repeat it.
func repeatable(prefix string) string {
	if !prefixForm.MatchString(prefix) {
		return ""
	}
	return prefix
}

// cutPrefix cuts the prefix from a path that is the prefix or below it.
func cutPrefix(path, prefix string) (found, rest string) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok || len(prefix) < 2 || rest != "" && rest[0] != '/' {
		return "", path
	}
	return prefix, cmp.Or(rest, "/")
}

// cutByRoute cuts what the path has before that of the event's route. It reports false if that is not known.
func (e *event) cutByRoute(path string) (prefix, rest string, ok bool) {
	want, ok := e.routePath()
	if !ok {
		return "", "", false
	}
	for at := 0; at <= len(path); at++ {
		if at < len(path) && path[at] != '/' {
			continue
		}
		prefix, rest = path[:at], cmp.Or(path[at:], "/")
		if prefix != "" && !prefixForm.MatchString(prefix) {
			return "", "", false
		}
		decoded, err := url.PathUnescape(rest)
		if rest == want || err == nil && decoded == want {
			return prefix, rest, true
		}
	}
	return "", "", false
}

// routePath returns the path of the event's route with its parameters filled in.
func (e *event) routePath() (path string, ok bool) {
	left := e.Resource
	if e.isV2() {
		_, left, _ = strings.Cut(e.RouteKey, " ")
	}
	for strings.Contains(left, "{") {
		before, after, _ := strings.Cut(left, "{")
		name, rest, closed := strings.Cut(after, "}")
		value, given := e.PathParameters[strings.TrimSuffix(name, "+")]
		if !closed || !given {
			return "", false
		}
		path, left = path+before+value, rest
	}
	path += left
	return path, strings.HasPrefix(path, "/")
}

// ValidateBasePath refuses a base path that cannot be one: it is such as /kv or /apps/kv.
func ValidateBasePath(path string) error {
	if !prefixForm.MatchString(path) {
		return errors.New("must be a path such as /kv or /apps/kv, without a / at its end")
	}
	return nil
}
