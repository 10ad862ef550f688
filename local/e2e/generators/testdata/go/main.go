// SPDX-License-Identifier: Apache-2.0

// This program uses the client that openapi-generator makes for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"example.com/client/generated"
)

func main() {
	config := generated.NewConfiguration()
	config.Servers = generated.ServerConfigurations{{URL: os.Getenv("TEMPSKV_URL")}}
	api := generated.NewAPIClient(config).DataAPI
	ctx := context.WithValue(context.Background(), generated.ContextAccessToken, os.Getenv("TEMPSKV_TOKEN"))

	// It is generated with --type-mappings=AnyType=json.RawMessage: an any would hold a number as a float64, and null would be left out.
	for key, value := range map[string]string{"none": "null", "large": "9007199254740993"} {
		set, _, err := api.KvSet(ctx).SetRequest(*generated.NewSetRequest(key, json.RawMessage(value))).Execute()
		check(err)
		if set.GetResult() != "OK" {
			log.Fatalf("got %+v", set)
		}
	}
	for _, key := range []string{"none", "large"} {
		got, _, err := api.KvGet(ctx).KeyRequest(*generated.NewKeyRequest(key)).Execute()
		check(err)
		fmt.Println("get", key, string(got.Value))
	}
	incr, _, err := api.KvIncr(ctx).IncrRequest(*generated.NewIncrRequest("large")).Execute()
	check(err)
	fmt.Println("incr", incr.Value)
	entries := []generated.MSetEntry{*generated.NewMSetEntry("text", json.RawMessage(`"a"`)), *generated.NewMSetEntry("more", json.RawMessage("null"))}
	mset, _, err := api.KvMset(ctx).MSetRequest(*generated.NewMSetRequest(entries)).Execute()
	check(err)
	fmt.Println("mset", mset.Result)
	file, _, err := api.KvExport(ctx).ExportRequest(*generated.NewExportRequest()).Execute()
	check(err)
	exported, err := io.ReadAll(file)
	check(err)
	fmt.Println("export", strings.Count(string(exported), `"key":`), strings.Contains(string(exported), `{"end":{"keys":4}}`))

	_, _, err = api.KvIncr(ctx).IncrRequest(*generated.NewIncrRequest("text")).Execute()
	printProblem(err)
	_, _, err = api.KvGet(ctx).KeyRequest(*generated.NewKeyRequest("answered later")).Execute()
	printProblem(err)
}

func printProblem(err error) {
	var refused *generated.GenericOpenAPIError
	if !errors.As(err, &refused) {
		log.Fatal(err)
	}
	problem := refused.Model().(generated.Problem)
	fmt.Println("problem", problem.Status, problem.Code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
