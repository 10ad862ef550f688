// SPDX-License-Identifier: Apache-2.0

// This program uses the client that ogen makes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/go-faster/jx"
	"github.com/ogen-go/ogen/ogenerrors"

	"example.com/client/generated"
)

// bearer is a token for every operation.
type bearer string

func (b bearer) Bearer(context.Context, generated.OperationName) (generated.Bearer, error) {
	return generated.Bearer{Token: string(b)}, nil
}

func (bearer) SessionCookie(context.Context, generated.OperationName) (generated.SessionCookie, error) {
	return generated.SessionCookie{}, ogenerrors.ErrSkipClientSecurity
}

func main() {
	api, err := generated.NewClient(os.Getenv("TEMPSKV_URL"), bearer(os.Getenv("TEMPSKV_TOKEN")))
	check(err)
	ctx := context.Background()

	for key, value := range map[string]string{"none": "null", "large": "9007199254740993"} {
		set, err := api.KvSet(ctx, &generated.SetRequest{Key: key, Value: jx.Raw(value)}, generated.KvSetParams{})
		check(err)
		if set := set.(*generated.SetResponseHeaders); set.Response.Result.Value != "OK" {
			log.Fatalf("got %+v", set)
		}
	}
	for _, key := range []string{"none", "large"} {
		got, err := api.KvGet(ctx, &generated.KeyRequest{Key: key})
		check(err)
		fmt.Println("get", key, got.(*generated.GetResponseHeaders).Response.Value)
	}
	incr, err := api.KvIncr(ctx, &generated.IncrRequest{Key: "large"}, generated.KvIncrParams{})
	check(err)
	fmt.Println("incr", incr.(*generated.IncrResponseHeaders).Response.Value)
	entries := []generated.MSetEntry{{Key: "text", Value: jx.Raw(`"a"`)}, {Key: "more", Value: jx.Raw("null")}}
	mset, err := api.KvMset(ctx, &generated.MSetRequest{Entries: entries}, generated.KvMsetParams{})
	check(err)
	fmt.Println("mset", mset.(*generated.MSetResponseHeaders).Response.Result)
	export, err := api.KvExport(ctx, &generated.ExportRequest{})
	check(err)
	exported, err := io.ReadAll(export.(*generated.KvExportOKHeaders).Response)
	check(err)
	fmt.Println("export", strings.Count(string(exported), `"key":`), strings.Contains(string(exported), `{"end":{"keys":4}}`))

	incr, err = api.KvIncr(ctx, &generated.IncrRequest{Key: "text"}, generated.KvIncrParams{})
	check(err)
	problem := incr.(*generated.KvIncrConflictHeaders).Response
	fmt.Println("problem", problem.Status, problem.Code)
	// A status that the operation does not list is an error.
	_, err = api.KvGet(ctx, &generated.KeyRequest{Key: "answered later"})
	var other *generated.ProblemStatusCodeWithHeaders
	if !errors.As(err, &other) {
		log.Fatal(err)
	}
	fmt.Println("problem", other.Response.Status, other.Response.Code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
