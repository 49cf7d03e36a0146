// A development Vault server for the tests, the demo and the bench: the
// published module of Vault with its own command package as main.
//
// x509negativeserial: a dependency parses such a certificate at start.
//
//go:debug x509negativeserial=1
package main

import (
	"os"

	"github.com/hashicorp/vault/command"
)

func main() {
	os.Exit(command.Run(os.Args[1:]))
}
