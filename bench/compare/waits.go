package main

import (
	"context"
	"strings"
)

// measureWaits runs the prober, a command of its own because it has to stay on
// one thread above all others. It is the last part, and what it says is printed
// as it is.
func measureWaits(ctx context.Context, o options, p programs, rep *report) error {
	if !o.wanted("waits") {
		return nil
	}
	quiet := "5s"
	if o.quick {
		quiet = "2s"
	}
	progress("waits while keys are loaded")
	out, err := output(ctx, "go", "run", "basalt/bench/probe",
		"-redis", p.servers[reference], "-basalt", p.servers[ours], "-quiet", quiet)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		reason, _, _ := strings.Cut(err.Error(), "\n")
		rep.leave("the prober", reason)
		return nil
	}
	rep.waits = string(out)
	return nil
}
