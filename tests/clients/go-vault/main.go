// The steps through the API of Vault.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log"
	"reflect"
	"strings"

	"github.com/hashicorp/vault/api"
)

const (
	folder = "clients/go-vault"
	plain  = "Zm91ciBzY29yZSBhbmQgc2V2ZW4="
)

// A map from JSON.
type data = map[string]interface{}

func check(step string, found, wanted interface{}) {
	if !reflect.DeepEqual(found, wanted) {
		log.Fatalf("%s: is %v, should be %v", step, found, wanted)
	}
	fmt.Println(step, "ok")
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// Something else in each run.
func newSecret() data {
	bytes := make([]byte, 8)
	must(rand.Read(bytes))
	return data{"color": hex.EncodeToString(bytes)}
}

func useKV1(client *api.Client) {
	ctx, secret := context.Background(), newSecret()
	kv := client.KVv1("kv1")
	check("kv1.write", kv.Put(ctx, folder+"/a", secret), nil)
	check("kv1.read", must(kv.Get(ctx, folder+"/a")).Data, secret)
	listed := must(client.Logical().List("kv1/" + folder))
	check("kv1.list", listed.Data["keys"], []interface{}{"a"})
}

func useKV2(client *api.Client) {
	ctx, secret := context.Background(), newSecret()
	kv := client.KVv2("secret")
	written := must(kv.Put(ctx, folder+"/a", secret))
	check("kv2.write", written.VersionMetadata.Version > 0, true)
	check("kv2.read", must(kv.Get(ctx, folder+"/a")).Data, secret)
	listed := must(client.Logical().List("secret/metadata/" + folder))
	check("kv2.list", listed.Data["keys"], []interface{}{"a"})
}

func useTransit(client *api.Client) {
	do := func(action string, body data) data {
		return must(client.Logical().Write("transit/"+action, body)).Data
	}
	sealed := do("encrypt/app", data{"plaintext": plain})["ciphertext"]
	check("transit.encrypt",
		strings.HasPrefix(sealed.(string), "vault:v1:"), true)
	opened := do("decrypt/app", data{"ciphertext": sealed})
	check("transit.decrypt", opened["plaintext"], plain)
	seal := do("sign/signer", data{"input": plain})["signature"]
	check("transit.sign",
		strings.HasPrefix(seal.(string), "vault:v1:"), true)
	verdict := do("verify/signer", data{"input": plain, "signature": seal})
	check("transit.verify", verdict["valid"], true)
}

func useDatabase(client *api.Client) {
	ask := func() *api.Secret {
		return must(client.Logical().Read("database/creds/db-app"))
	}
	first := ask()
	check("database.read", ask().LeaseID, first.LeaseID)
	if err := client.Sys().Revoke(first.LeaseID); err != nil {
		log.Fatal(err)
	}
	second := ask()
	check("database.revoke", second.LeaseID != first.LeaseID, true)
	fmt.Println("revoked", first.Data["username"], first.Data["password"])
	fmt.Println("living", second.Data["username"], second.Data["password"])
}

func useToken(client *api.Client) {
	looked := must(client.Auth().Token().LookupSelf())
	_, told := looked.Data["id"]
	check("token.lookup_self",
		data{"policies": must(looked.TokenPolicies()), "told": told},
		data{"policies": []string{"app", "default"}, "told": false})
}

func main() {
	log.SetFlags(0)
	client := must(api.NewClient(api.DefaultConfig()))
	client.ClearToken()
	useKV1(client)
	useKV2(client)
	useTransit(client)
	useDatabase(client)
	useToken(client)
}
