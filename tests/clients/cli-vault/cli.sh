# The steps of a command line of Vault or OpenBao, which is $cli.
# shellcheck shell=sh

. ./check.sh

# ask COMMAND...: its answer is JSON
ask()
{
	answer=$("$cli" "$@") || fail "$* has failed"
}

# kv_steps STEP MOUNT
kv_steps()
{
	value=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
	step=$1.write
	ask kv put -format=json "$2/$path/a" "color=$value"
	echo "$step ok"
	step=$1.read
	ask kv get -field=color "$2/$path/a"
	check "$answer" "$value"
	step=$1.list
	ask kv list -format=json "$2/$path"
	check "$(get 'join(",")')" a
}

transit_steps()
{
	plain=$(printf 'four score and seven' | base64)
	step=transit.encrypt
	ask write -field=ciphertext transit/encrypt/app "plaintext=$plain"
	sealed=$answer
	check "${sealed%:*}" vault:v1
	step=transit.decrypt
	ask write -field=plaintext transit/decrypt/app "ciphertext=$sealed"
	check "$answer" "$plain"
	step=transit.sign
	ask write -field=signature transit/sign/signer "input=$plain"
	seal=$answer
	check "${seal%:*}" vault:v1
	step=transit.verify
	ask write -field=valid transit/verify/signer "input=$plain" \
	    "signature=$seal"
	check "$answer" true
}

database_steps()
{
	step=database.read
	ask read -format=json database/creds/db-app
	lease=$(get .lease_id)
	revoked=$(get '"\(.data.username) \(.data.password)"')
	ask read -format=json database/creds/db-app
	check "$(get .lease_id)" "$lease"
	step=database.revoke
	ask lease revoke "$lease"
	ask read -format=json database/creds/db-app
	[ "$(get .lease_id)" != "$lease" ] || fail "it is still answered"
	echo "$step ok"
	echo "revoked $revoked"
	echo "living $(get '"\(.data.username) \(.data.password)"')"
}

token_steps()
{
	step=token.lookup_self
	ask token lookup -format=json
	check "$(get '.data.policies | join(",")') $(get '.data | has("id") | not')" \
	    "app,default true"
}

# all_steps PROGRAM NAME
all_steps()
{
	cli=$1 path=clients/$2
	kv_steps kv1 kv1
	kv_steps kv2 secret
	transit_steps
	database_steps
	token_steps
}
