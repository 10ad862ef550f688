// SPDX-License-Identifier: Apache-2.0

package goclient_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"testing"

	"github.com/tempskv/tempskv/local/servicetest"
	"github.com/tempskv/tempskv/openapi/goclient"
)

// views creates a project, and counts in it, until what is stored is no number.
func views(ctx context.Context, url, adminKey string) error {
	admin, err := goclient.New(url, adminKey)
	if err != nil {
		return err
	}
	project, err := admin.CreateProjectWithResponse(ctx, goclient.ProjectRequest{Name: "shop"})
	if err != nil {
		return err
	}
	made, err := admin.CreateTokenWithResponse(ctx, project.JSON201.ID, goclient.TokenRequest{Name: "web"})
	if err != nil {
		return err
	}
	c, err := goclient.New(url, made.JSON201.Token)
	if err != nil {
		return err
	}
	once := goclient.IdempotencyKey(rand.Text()) // so it may be sent twice
	for range 2 {
		sum, err := c.KVIncrWithResponse(ctx, goclient.IncrRequest{Key: "page:views"}, once)
		if err != nil {
			return err
		}
		fmt.Println(sum.JSON200.Value)
	}
	_, err = c.KVSetWithResponse(ctx, goclient.SetRequest{
		Key: "page:views", Value: json.RawMessage(`{"today":5}`), EX: new(int64(3600)),
	})
	if err != nil {
		return err
	}
	_, err = c.KVIncrWithResponse(ctx, goclient.IncrRequest{Key: "page:views"})
	refused, ok := errors.AsType[*goclient.Error](err)
	if !ok {
		return fmt.Errorf("an object was counted: %w", err)
	}
	fmt.Println(refused.Response.StatusCode, refused.Code)
	return nil
}

func Example() {
	if err := views(context.Background(), os.Getenv("TEMPSKV_URL"), os.Getenv("TEMPSKV_TOKEN")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 1
	// 1
	// 409 not_an_integer
}

// TestMain starts the server that the example uses.
func TestMain(m *testing.M) {
	code, err := servicetest.Main(m, func(url string) error {
		return errors.Join(os.Setenv("TEMPSKV_URL", url), os.Setenv("TEMPSKV_TOKEN", servicetest.AdminKey))
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
