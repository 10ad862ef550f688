// SPDX-License-Identifier: Apache-2.0

// Package aws is how a Lambda function proves to a Redis on AWS who it is: to ElastiCache by a token of IAM, to any
// other Redis by a secret that Secrets Manager keeps. Its methods Credentials are what redis.Config asks for.
//
// Of the AWS SDK it uses the signer alone. The client of Secrets Manager would add 1.2 MB to the function and 0.9 ms to
// each of its starts, for one call that is a single signed POST.
//
// The Lambda main package alone imports it.
package aws
