// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"net/http"
	"time"
)

// refuseInit reports to Lambda why the function cannot start, which aws-lambda-go has no call for. See "Initialization error"
// of the Lambda runtime API.
func refuseInit(ctx context.Context, api string, cause error) {
	log.Printf("tempskv cannot start: %v", cause)
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"errorType": "Tempskv.Environment", "errorMessage": cause.Error()})
	if err != nil {
		return
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Lambda-Runtime-Function-Error-Type", "Tempskv.Environment")
	if answer, err := http.DefaultClient.Do(r); err == nil {
		_ = answer.Body.Close()
	}
}
