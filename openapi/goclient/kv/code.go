// SPDX-License-Identifier: Apache-2.0

package kv

// Code is the kind of an Error, for errors.Is:
//
//	if errors.Is(err, kv.ErrNotAnInteger) {
//
// Later servers may have more: errors.Is(err, kv.Code("such_as_this")) finds each.
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

// Codes of the server that data operations may get. Its documentation says more, at /docs.
const (
	ErrMalformedJSON        Code = "malformed_json"
	ErrProjectIDRequired    Code = "project_id_required" // an API key needs Config.ProjectID
	ErrUnauthorized         Code = "unauthorized"        // the token is unknown, expired or revoked
	ErrPermissionDenied     Code = "permission_denied"
	ErrNotFound             Code = "not_found" // the server has no such operation: is the URL right?
	ErrProjectNotFound      Code = "project_not_found"
	ErrMethodNotAllowed     Code = "method_not_allowed"
	ErrNotAnInteger         Code = "not_an_integer" // Incr of something else
	ErrOverflow             Code = "overflow"       // the sum has more than 64 bits
	ErrWrongType            Code = "wrong_type"     // another Redis client has stored a list, hash or the like
	ErrTooLarge             Code = "too_large"
	ErrTooManyKeys          Code = "too_many_keys" // of Keys: use Scan
	ErrUnsupportedMediaType Code = "unsupported_media_type"
	ErrInvalid              Code = "invalid"    // Error.Errors says what
	ErrManySlots            Code = "many_slots" // of a Redis Cluster
	ErrRateLimited          Code = "rate_limited"
	ErrInternal             Code = "internal"
	ErrDataDamaged          Code = "data_damaged"
	ErrNotSupported         Code = "not_supported"
	ErrDisabled             Code = "kv_disabled"
	ErrUnavailable          Code = "kv_unavailable"
	ErrStorageFull          Code = "storage_full"
	ErrTimeout              Code = "timeout" // the store behind the server did not answer in time
	ErrOutOfMemory          Code = "out_of_memory"
	ErrQuotaExceeded        Code = "quota_exceeded"
)

// Codes of this package.
const (
	ErrMissingConfig      Code = "MISSING_CONFIG"      // no URL or token
	ErrInvalidConfig      Code = "INVALID_CONFIG"      // a URL, token or project that is wrong
	ErrInvalidArgument    Code = "INVALID_ARGUMENT"    // what JSON cannot hold, or the server would not understand as it is meant
	ErrNetwork            Code = "NETWORK_ERROR"       // the server was not reached, or its answer was cut off
	ErrDeadline           Code = "TIMEOUT"             // there was no answer in time; such an error is a context.DeadlineExceeded too
	ErrCanceled           Code = "ABORTED"             // the context was canceled; such an error is a context.Canceled too
	ErrUnexpectedResponse Code = "UNEXPECTED_RESPONSE" // not the answer of tempskv: of a proxy, or of another server
	ErrUnexpectedValue    Code = "UNEXPECTED_VALUE"    // what is stored does not fit the type that it is read into
)
