// ferretdb-server: FerretDB on SQLite, as the server of the tests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

type options struct {
	folder           string
	port             int
	cert, key        string
	untilStdinCloses bool
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("ferretdb-server", flag.ContinueOnError)
	flags.StringVar(&o.folder, "folder", "", "folder of the databases; must exist")
	flags.IntVar(&o.port, "port", 0, "port on 127.0.0.1; 0: a free one")
	flags.StringVar(&o.cert, "tls-cert", "", "certificate (PEM): TLS only; needs --tls-key")
	flags.StringVar(&o.key, "tls-key", "", "key of the certificate (PEM)")
	flags.BoolVar(&o.untilStdinCloses, "until-stdin-closes", false, "end when stdin is closed")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.folder == "":
		return o, errors.New("--folder is missing")
	case o.port < 0 || o.port > 65535:
		return o, fmt.Errorf("no port: %d", o.port)
	case (o.cert == "") != (o.key == ""):
		return o, errors.New("--tls-cert and --tls-key go together")
	}
	return o, nil
}

func configuration(o options) *ferretdb.Config {
	address := "127.0.0.1:" + strconv.Itoa(o.port)
	config := &ferretdb.Config{
		Handler: "sqlite",
		// FerretDB wants the slash at the end.
		SQLiteURL: (&url.URL{Scheme: "file", OmitHost: true, Path: o.folder + "/"}).String(),
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if o.cert == "" {
		config.Listener.TCP = address
	} else {
		config.Listener.TLS = address
		config.Listener.TLSCertFile = o.cert
		config.Listener.TLSKeyFile = o.key
	}
	return config
}

func serve(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	server, err := ferretdb.New(configuration(o))
	if err != nil {
		return err
	}
	address, err := url.Parse(server.MongoDBURI())
	if err != nil {
		return err
	}
	if o.untilStdinCloses {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	// The socket listens since New: who connects now is accepted as soon as Run begins.
	if _, err := fmt.Println("listening on " + address.Host); err != nil {
		return err
	}
	return server.Run(ctx)
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb-server:", err)
		os.Exit(2)
	}
	if err := serve(o); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb-server:", err)
		os.Exit(1)
	}
}
