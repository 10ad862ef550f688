// SPDX-License-Identifier: Apache-2.0

// Command bootstrap is tempskv as an AWS Lambda function. It wires the handler set, the control data in Redis, the engine
// external and the Lambda runtime; everything else knows only its own side. Its settings come from the environment: see
// environment.go.
package main

import (
	"context"
	"log/slog"
	"os"

	awslambda "github.com/aws/aws-lambda-go/lambda"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/lambda"
)

func main() {
	cfg, err := fromEnvironment(os.Getenv)
	if err != nil {
		refuseInit(context.Background(), os.Getenv("AWS_LAMBDA_RUNTIME_API"), err)
		os.Exit(1)
	}
	lines := lambda.NewLog(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.logLevel}))
	log := slog.New(lines)
	redis.LogTo(log)
	s := newSite(cfg, log)
	s.begin(context.Background())
	h := lambda.New(s, lambda.Config{
		Scheduled: s.sweep, BasePath: cfg.basePath, Below: handlers.Below, Log: log, Lines: lines, Metrics: metrics(cfg, s),
	})
	awslambda.StartWithOptions(h, awslambda.WithEnableSIGTERM(func() {
		s.end()
		os.Exit(0)
	}))
}

// metrics returns what writes metrics, nil if there are to be none.
func metrics(cfg config, s *site) *lambda.Metrics {
	if cfg.namespace == "" {
		return nil
	}
	return &lambda.Metrics{Namespace: cfg.namespace, Function: cfg.function, Operation: s.operation, Out: os.Stdout}
}
