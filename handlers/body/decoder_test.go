// SPDX-License-Identifier: Apache-2.0

package body_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

func TestDecodeFillsInFields(t *testing.T) {
	d, _ := compileSample(t)
	ends := time.Date(2030, 1, 2, 13, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		text string
		want sample
	}{
		{`{"key":"a"}`, sample{Key: "a", Limit: 7}},
		{` {"k\u0065y" : "\u00e9\n" , "limit":-1.0}`, sample{Key: "é\n", Limit: -1}},
		{`{"key":"a","value":{ "z": [1.50, "\u00e9"] },"ex":1e1,"limit":0}`, sample{Key: "a", Value: anything(`{"z":[1.50,"\u00e9"]}`), EX: 10}},
		{`{"key":"a","value":null,"px":1000,"keep":false}`, sample{Key: "a", Value: anything("null"), PX: 1000, Limit: 7}},
		{`{"key":"a","keep":true,"amount":-9223372036854775808,"name":"ab","size":"12mb"}`,
			sample{Key: "a", Keep: true, Limit: 7, Amount: new(int64(-1 << 63)), Name: new("ab"), Size: "12mb"}},
		{`{"key":"a","engine":"podman","rights":["read","read"],"ids":[1,2,3,4,5,6,7,8,9,1e1]}`,
			sample{Key: "a", Limit: 7, Engine: new(engine.Podman), Rights: []string{"read", "read"}, IDs: []kv.ProjectID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}},
		{`{"key":"a","ends":"2030-01-02T15:04:05+02:00","inner":{"a":""}}`, sample{Key: "a", Limit: 7, Ends: &ends, Inner: &inner{}}},
		{`{"key":"a","inners":[{"a":"x","b":false},{"c":[],"a":"y"}]}`, sample{Key: "a", Limit: 7, Inners: []inner{{A: "x"}, {A: "y", C: anything("[]")}}}},
		{`{"key":"a","project":5}`, sample{Key: "a", Limit: 7, Scope: Scope{Project: 5}}},
		{`{"key":"a","project":{"of":["any","type"]}}`, sample{Key: "a", Limit: 7, Scope: Scope{Project: -1}}},
	} {
		data := []byte(tt.text)
		var got sample
		result := d.Decode(data, &got)
		clear(data) // no part of it is kept
		if diff := cmp.Diff(body.Result{}, result); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(sample{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.text, diff)
		}
	}
}

func TestDecodeFindsViolations(t *testing.T) {
	d, _ := compileSample(t)
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for _, tt := range []struct {
		text string
		want []string
	}{
		{`{}`, []string{"body must have the field key"}},
		{`{"Key":"a","ex":"1"}`, []string{`body has no field named "Key"`, "body.ex must be an integer from 1 to 100", "body must have the field key"}},
		{`{"key":""}`, []string{"body.key must not be empty"}},
		{`{"key":5}`, []string{"body.key must be a string"}},
		{`{"key":"a","ex":1,"px":1}`, []string{"body must not have both ex and px"}},
		{`{"key":"a","ex":1,"px":1,"keep":true}`, []string{"body must not have both ex and px", "body must not have keep together with ex or px"}},
		{`{"key":"a","ex":1,"keep":false}`, nil},
		{`{"key":"a","keep":"true"}`, []string{"body.keep must be true or false"}},
		{`{"key":"a","amount":9223372036854775808}`, []string{"body.amount must be an integer from -9223372036854775808 to 9223372036854775807"}},
		{`{"key":"a","limit":11,"name":"ö"}`, []string{"body.limit must be an integer from -1 to 10", "body.name must have 2 to 3 characters"}},
		{`{"key":"a","size":"1","engine":"Podman"}`, []string{"body.size must be a size such as 1mb", "body.engine must be one of embedded, podman"}},
		{`{"key":"a","engine":1}`, []string{"body.engine must be a string"}},
		{`{"key":"a","rights":[1,"x"]}`, []string{"body.rights[0] must be one of read, write", "body.rights[1] must be one of read, write"}},
		{`{"key":"a","rights":"read"}`, []string{"body.rights must be a list"}},
		{`{"key":"a","rights":[]}`, []string{"body.rights must hold 1 to 2 elements"}},
		{`{"key":"a","rights":["read","write","x"]}`, []string{"body.rights must hold 1 to 2 elements"}},
		{`{"key":"a","ids":[0,"1"]}`, []string{
			"body.ids[0] must be the id of a project, an integer from 1 to 9007199254740991",
			"body.ids[1] must be the id of a project, an integer from 1 to 9007199254740991",
		}},
		{`{"key":"a","ends":1}`, []string{"body.ends must be a string"}},
		{`{"key":"a","ends":"9999-12-31T23:59:59-01:00"}`, []string{"body.ends must be a time such as 2030-01-02T15:04:05Z"}},
		{`{"key":"a","inner":[],"inners":[1,{},{"a":"x","b":true,"c":1,"d":2}]}`, []string{
			"body.inner must be an object", "body.inners[0] must be an object", "body.inners[1] must have the field a",
			`body.inners[2] has no field named "d"`, "body.inners[2] must not have both a and b",
		}},
		{`{"key":"a","inners":[{"a":"x","c":` + deep(64) + `}]}`, nil},
		{`{"key":5,"inners":[{"a":"x","c":` + deep(65) + `}]}`, []string{"body must hold at most 64 levels of arrays and objects in a value"}},
		{`[]`, []string{"body must be a JSON object"}},
		{deep(20_000), []string{"body must be a JSON object"}},
	} {
		result := d.Decode([]byte(tt.text), new(sample))
		var got []string
		for _, v := range result.Violations {
			got = append(got, v.Location+" "+v.Message)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || result.Err != nil {
			t.Errorf("%.100s: %v (-want +got)\n%s", tt.text, result.Err, diff)
		}
	}
}

func TestDecodeSaysWhetherFieldsWereRead(t *testing.T) {
	d, _ := compileSample(t)
	for text, want := range map[string]bool{
		`{}`: false, `{"x":[[]]}`: false, `[]`: true, `null`: true, `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`: true,
	} {
		if got := d.Decode([]byte(text), new(sample)).Unread; got != want {
			t.Errorf("%s is unread: got %t, want %t", text, got, want)
		}
	}
}

func TestDecodeRefusesWhatCannotBeRead(t *testing.T) {
	d, _ := compileSample(t)
	for _, tt := range []struct {
		text string
		want error
	}{
		{``, kv.ErrMalformed},
		{" \n", kv.ErrMalformed},
		{`{`, kv.ErrMalformed},
		{`{"key":"a"} {}`, kv.ErrMalformed},
		{"{\"key\":\"\xff\"}", kv.ErrMalformed},
		{`{"key":"\ud800"}`, kv.ErrMalformed},
		{`{"key":"a","key":"b"}`, kv.ErrMalformed},
		{`{"key":"a","k\u0065y":"b"}`, kv.ErrMalformed},
		{`{"x":1,"x":2}`, kv.ErrMalformed},
		{`{"inner":{"a":"","a":""}}`, kv.ErrMalformed},
		{`{"\ud800":1}`, kv.ErrMalformed},
		{`[1`, kv.ErrMalformed},
		{`{"value":"` + strings.Repeat("v", maxValue-2) + `"}`, nil},
		{`{"value":"` + strings.Repeat("v", maxValue-1) + `"}`, kv.ErrTooLarge},
		{`{"value":"` + strings.Repeat("v", maxValue-1) + `",`, kv.ErrTooLarge},
		{`{"value": [` + strings.Repeat(" ", maxValue) + `]}`, nil},
	} {
		if got := d.Decode([]byte(tt.text), new(sample)).Err; !errors.Is(got, tt.want) {
			t.Errorf("%.50q: got %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestViolationsAreBounded(t *testing.T) {
	d, _ := compileSample(t)
	var unknown []string
	for i := range 40 {
		unknown = append(unknown, fmt.Sprintf(`"n%d":0`, i))
	}
	text := "{" + strings.Join(unknown, ",") + "}"
	if got := len(d.Decode([]byte(text), new(sample)).Violations); got != 20 {
		t.Errorf("got %d violations, want 20", got)
	}
}
