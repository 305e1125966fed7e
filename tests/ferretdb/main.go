// A FerretDB with the SQLite backend, for tests of what speaks MongoDB's protocol. It prints the port it listens on,
// as "listening on 12345", and runs until it is killed.
//
// FerretDB's own way to be embedded has no users. This program sets up what it would, with users, out of FerretDB's
// internal packages, which is why its module stands below FerretDB's path.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/FerretDB/FerretDB/internal/clientconn"
	"github.com/FerretDB/FerretDB/internal/clientconn/connmetrics"
	"github.com/FerretDB/FerretDB/internal/handler/registry"
	"github.com/FerretDB/FerretDB/internal/util/password"
	"github.com/FerretDB/FerretDB/internal/util/state"
)

func fail(doing string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", doing, err)
		os.Exit(1)
	}
}

func main() {
	folder := flag.String("folder", ".", "where the databases are")
	user := flag.String("user", "", "a first user; everybody must sign in then")
	secret := flag.String("password", "", "its password")
	certificate := flag.String("certificate", "", "the server's certificate: TLS only")
	key := flag.String("key", "", "its key")
	authority := flag.String("authority", "", "whose client certificates are demanded")
	flag.Parse()

	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	provider, err := state.NewProvider("")
	fail("state", err)
	fail("telemetry", provider.Update(func(s *state.State) {
		s.DisableTelemetry()
		s.TelemetryLocked = true
	}))
	metrics := connmetrics.NewListenerMetrics()
	options := &registry.NewHandlerOpts{
		Logger:        logger,
		ConnMetrics:   metrics.ConnMetrics,
		StateProvider: provider,
		TCPHost:       "127.0.0.1:0",
		SQLiteURL:     "file:" + *folder + "/",
		TestOpts: registry.TestOpts{
			CappedCleanupPercentage: 10,
			BatchSize:               100,
			EnableNewAuth:           *user != "",
			MaxBsonObjectSizeBytes:  16 * 1024 * 1024,
		},
	}
	if *user != "" {
		options.SetupDatabase = "admin"
		options.SetupUsername = *user
		options.SetupPassword = password.WrapPassword(*secret)
		options.SetupTimeout = 30_000_000_000
	}
	handler, closeBackend, err := registry.NewHandler("sqlite", options)
	fail("handler", err)
	defer closeBackend()

	listen := &clientconn.NewListenerOpts{
		Mode:    clientconn.NormalMode,
		Metrics: metrics,
		Handler: handler,
		Logger:  logger,
	}
	if *certificate != "" {
		listen.TLS, listen.TLSCertFile, listen.TLSKeyFile = "127.0.0.1:0", *certificate, *key
		listen.TLSCAFile = *authority
	} else {
		listen.TCP = "127.0.0.1:0"
	}
	listener, err := clientconn.Listen(listen)
	fail("listening", err)

	go listener.Run(context.Background())
	address := listener.TCPAddr
	if *certificate != "" {
		address = listener.TLSAddr
	}
	fmt.Printf("listening on %d\n", address().(*net.TCPAddr).Port)
	select {}
}
