// SPDX-License-Identifier: Apache-2.0

// This program uses the client that oapi-codegen makes of the document as it is, without what openapi/goclient adds.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/client/generated"
)

func main() {
	ctx := context.Background()
	c, err := generated.NewClientWithResponses(os.Getenv("TEMPSKV_URL"),
		generated.WithRequestEditorFn(func(_ context.Context, req *http.Request) error {
			req.Header.Set("Authorization", "Bearer "+os.Getenv("TEMPSKV_TOKEN"))
			return nil
		}))
	check(err)
	value := map[string]any{"name": "Alice", "tags": []any{"a", nil}}
	set, err := c.KvSetWithResponse(ctx, nil, generated.SetRequest{Key: "user", Value: value, Ex: new(int64(60))})
	check(err)
	fmt.Println("set", *set.JSON200.Result)

	get, err := c.KvGetWithResponse(ctx, generated.KeyRequest{Key: "user"})
	check(err)
	text, err := json.Marshal(get.JSON200.Value)
	check(err)
	fmt.Println("get", string(text))

	once := &generated.KvIncrParams{IdempotencyKey: new("the first view")}
	var incr *generated.KvIncrResponse
	for range 2 { // the second gets the first's answer
		incr, err = c.KvIncrWithResponse(ctx, once, generated.IncrRequest{Key: "views", Amount: new(int64(2))})
		check(err)
	}
	fmt.Println("incr", incr.JSON200.Value)

	refused, err := c.KvIncrWithResponse(ctx, nil, generated.IncrRequest{Key: "user"})
	check(err)
	problem := refused.ApplicationproblemJSON409
	if problem.Code != "not_an_integer" {
		log.Fatalf("got %+v", problem)
	}
	fmt.Println("problem", problem.Status, problem.Code)

	del, err := c.KvDelWithResponse(ctx, nil, generated.KeysRequest{Keys: []string{"user", "views"}})
	check(err)
	fmt.Println("del", del.JSON200.Deleted)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
