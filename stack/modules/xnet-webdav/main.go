// Command xnet-webdav serves a folder by golang.org/x/net/webdav. The product's own server is measured beside it.
package main

import (
	"flag"
	"log"
	"net/http"

	"golang.org/x/net/webdav"
)

func main() {
	directory := flag.String("directory", ".", "the served folder")
	address := flag.String("address", "127.0.0.1:8000", "where to listen")
	flag.Parse()
	log.Fatal(http.ListenAndServe(*address, &webdav.Handler{
		FileSystem: webdav.Dir(*directory),
		LockSystem: webdav.NewMemLS(),
	}))
}
