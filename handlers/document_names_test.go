// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// taken are names that a language or the code around a generated client has already: a type of that name hides them, or does
// not compile.
var taken = map[string]string{
	"Java": `Appendable AutoCloseable Boolean Byte Character Class Comparable Double Enum Error Exception Float Integer Iterable Long Math
		Module Number Object Override Package Process Record Readable Runnable Runtime Short String System Thread Throwable Void`,
	"Kotlin": `Any Annotation Array Char Collection Comparator Function Int Lazy List Map Nothing Pair Result Sequence Set Triple UInt Unit`,
	"C#": `Action Array Attribute Buffer Char Console Convert Decimal Delegate Environment Event Func Guid Half Index Int32 Int64 Lazy
		Memory Nullable Random Range Single Span Task TimeSpan Tuple Type Uri Version DateTime Stream File Encoding`,
	"Python": `Warning UserWarning TimeoutError Exception BaseException Ellipsis Literal Optional Union Dict Any Field Enum Unset File
		KeyError ValueError ConnectionError PermissionError`,
	"JavaScript": `Blob Boolean Cache CustomEvent Date Document Element Event EventSource File FormData Function Headers History Intl Iterator
		JSON Location Lock Map Navigator Node Notification Number Option Performance Promise Proxy Range Record Reflect RegExp Request
		Response Selection Set Storage String Symbol Text URL WeakMap Window Worker`,
	"Rust": `Box Clone Copy Debug Default Display Drop Err From Hash Into Iterator None Ok Option Ord Result Self Send Some String Sync Vec`,
	"Go":   `Bool Error Int Int64 Nil String Uint Client Server Handler Option Options Config`,
	"generators": `APIKey ApiKey ApiClient ApiError ApiException ApiResponse BasicAuth BearerAuth ClientOption Configuration HttpRequest
		HttpResponse JSON Middleware ModelApiResponse OAuth OAuth2 ResponseError ServerConfiguration ServerVariable ServerError Auth
		Authentication RequestFile GenericOpenAPIError ErrorResponse UnexpectedError Pagination Model Api Default Base`,
}

// plain leaves out what generators change in names.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// TestDocumentNamesCollideWithNothing compares the names of schemas with those of languages, of security schemes, and of the types
// that generators make for operations.
func TestDocumentNamesCollideWithNothing(t *testing.T) {
	t.Parallel()
	var document struct {
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct{ Schemas, SecuritySchemes map[string]any }
	}
	if err := json.Unmarshal(call(newDisabledAPI(t), http.MethodGet, "/openapi.json", "", "").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	not := map[string]string{}
	for language, names := range taken {
		for name := range strings.FieldsSeq(names) {
			not[plain(name)] = language
		}
	}
	for name := range document.Components.SecuritySchemes {
		for _, suffix := range []string{"", "Auth", "Key", "Scheme"} {
			not[plain(name)+plain(suffix)] = "the security scheme " + name
		}
	}
	for _, item := range document.Paths {
		for _, op := range item {
			for _, suffix := range []string{"", "Request", "Response", "Result", "Params", "Body", "Error", "Res", "Req", "OK", "Data"} {
				not[plain(op.OperationID+suffix)] = "the operation " + op.OperationID
			}
		}
	}
	for name := range document.Components.Schemas {
		if whose := not[plain(name)]; whose != "" {
			t.Errorf("the schema %s is called like one of %s", name, whose)
		}
		if not[plain(name)] = "the schema " + name; name != strings.Trim(name, "_-.") {
			t.Errorf("the name %s begins or ends with punctuation", name)
		}
	}
	if len(document.Components.Schemas) < 50 {
		t.Errorf("got %d schemas", len(document.Components.Schemas))
	}
}

// TestDocumentNamesAreWrittenAlike finds Redis's commands of several words in names.
func TestDocumentNamesAreWrittenAlike(t *testing.T) {
	t.Parallel()
	var document struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(call(newDisabledAPI(t), http.MethodGet, "/openapi.json", "", "").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	for name := range document.Components.Schemas {
		for _, wrong := range []string{"Mget", "Mset", "Ttl", "Api", "Json", "Url"} {
			if strings.Contains(name, wrong) {
				t.Errorf("the schema %s holds %s", name, wrong)
			}
		}
	}
	for _, want := range []string{"MGetResponse", "MSetEntry", "MSetRequest", "MSetResponse", "TTLResponse", "APIKeyEntry"} {
		if document.Components.Schemas[want] == nil {
			t.Errorf("there is no schema %s", want)
		}
	}
}
