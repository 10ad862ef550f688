// SPDX-License-Identifier: Apache-2.0

package s3

import "net/http"

// maxAnswer bounds what a service answers apart from the content of a file, in bytes: a list of 1000 objects with the longest
// names is smaller, and minio-go reads all of it.
const maxAnswer = 16 << 20

// boundedTransport bounds the answers of a service. A longer one fails while it is read.
type boundedTransport struct{ *http.Transport }

// RoundTrip makes one request.
func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	content := req.Method == http.MethodGet && req.URL.RawQuery == "" && res.StatusCode < http.StatusMultipleChoices
	if !content {
		res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	}
	return res, nil
}
