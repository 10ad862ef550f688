// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

type User struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

func visit(ctx context.Context) error {
	store, err := kv.New(kv.Config{}) // of TEMPS_API_URL and TEMPS_DEPLOYMENT_TOKEN
	if err != nil {
		return err
	}
	alice := User{Name: "Alice", Role: "admin"}
	if _, err := store.Set(ctx, "user:123", alice, &kv.SetOptions{TTL: time.Hour}); err != nil {
		return err
	}
	var user User
	found, err := store.Get(ctx, "user:123", &user) // false if there is no such key
	if err != nil {
		return err
	}
	views, err := store.Incr(ctx, "page:views", 1, nil)
	if errors.Is(err, kv.ErrNotAnInteger) {
		views, err = 0, nil // something else is stored there
	}
	if err != nil {
		return err
	}
	fmt.Println(found, user.Name, views)
	for key, err := range store.Scan(ctx, &kv.ScanOptions{Match: "user:*"}) {
		if err != nil {
			return err
		}
		fmt.Println(key)
	}
	return nil
}

func Example() {
	if err := visit(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// true Alice 1
	// user:123
}
