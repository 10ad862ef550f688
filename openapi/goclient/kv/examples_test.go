// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

func ExampleClient_Set() {
	ctx := context.Background()
	store, err := kv.New(kv.Config{})
	if err != nil {
		log.Fatal(err)
	}
	// Once an hour: only one of those who try stores the key.
	for range 2 {
		first, err := store.Set(ctx, "report:sent", true, &kv.SetOptions{NX: true, TTL: time.Hour})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(first)
	}
	// Output:
	// true
	// false
}

func ExampleClient_Get() {
	ctx := context.Background()
	store, err := kv.New(kv.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := store.Set(ctx, "price", json.RawMessage(`{"amount":9007199254740993}`), nil); err != nil {
		log.Fatal(err)
	}
	var price struct{ Amount int64 }
	found, err := store.Get(ctx, "price", &price)
	fmt.Println(found, price.Amount, err)
	found, err = store.Get(ctx, "no such price", &price)
	fmt.Println(found, err)
	// Output:
	// true 9007199254740993 <nil>
	// false <nil>
}

func ExampleClient_MGet() {
	ctx := context.Background()
	store, err := kv.New(kv.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if err := store.MSet(ctx, kv.Entry{Key: "seats:1", Value: 5}, kv.Entry{Key: "seats:2", Value: 0, TTL: time.Hour}); err != nil {
		log.Fatal(err)
	}
	var seats []*int
	if err := store.MGet(ctx, []string{"seats:1", "seats:2", "seats:3"}, &seats); err != nil {
		log.Fatal(err)
	}
	fmt.Println(*seats[0], *seats[1], seats[2] == nil)
	// Output: 5 0 true
}

// A rate limiter counts calls a minute. One call counted twice is no harm, an answer kept for each would be.
func ExampleClient_With() {
	ctx := context.Background()
	store, err := kv.New(kv.Config{})
	if err != nil {
		log.Fatal(err)
	}
	limiter := store.With(kv.CallOptions{NoIdempotencyKey: true, MaxRetries: 1, Timeout: time.Minute})
	n, err := limiter.Incr(ctx, "calls:192.0.2.1", 1, &kv.IncrOptions{TTL: time.Minute})
	fmt.Println(n, err)
	// Output: 1 <nil>
}

func ExampleError() {
	ctx := context.Background()
	store, err := kv.New(kv.Config{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = store.Set(ctx, "k", 1, &kv.SetOptions{NX: true, XX: true})
	if refused, ok := errors.AsType[*kv.Error](err); ok {
		fmt.Println(refused.Op, refused.Status, refused.Code)
		fmt.Println(refused.Errors[0].Location, refused.Errors[0].Message)
	}
	fmt.Println(errors.Is(err, kv.ErrInvalid))
	// Output:
	// set 422 invalid
	// body must not have both nx and xx
	// true
}
