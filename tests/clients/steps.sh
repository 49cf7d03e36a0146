# The steps of a client that is a command: what has call METHOD PATH [BODY],
# which prints the body of a good answer and fails on any other.
# shellcheck shell=sh

. ./check.sh

# ask METHOD PATH [BODY]
ask()
{
	answer=$(call "$@") || fail "$1 $2 is refused"
}

# kv_steps ENGINE DATA_PATH LIST_PATH BODY_FORMAT DATA_FILTER
kv_steps()
{
	value=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
	step=$1.write
	# shellcheck disable=SC2059 # the format is the argument
	ask POST "$2$client/a" "$(printf "$4" "{\"color\":\"$value\"}")"
	echo "$step ok"
	step=$1.read
	ask GET "$2$client/a"
	check "$(get "$5.color")" "$value"
	step=$1.list
	ask LIST "$3$client"
	check "$(get '.data.keys | join(",")')" a
}

transit_steps()
{
	plain=$(printf 'four score and seven' | base64)
	step=transit.encrypt
	ask POST transit/encrypt/app "{\"plaintext\":\"$plain\"}"
	sealed=$(get .data.ciphertext)
	check "${sealed%:*}" vault:v1
	step=transit.decrypt
	ask POST transit/decrypt/app "{\"ciphertext\":\"$sealed\"}"
	check "$(get .data.plaintext)" "$plain"
	step=transit.sign
	ask POST transit/sign/signer "{\"input\":\"$plain\"}"
	seal=$(get .data.signature)
	check "${seal%:*}" vault:v1
	step=transit.verify
	ask POST transit/verify/signer \
	    "{\"input\":\"$plain\",\"signature\":\"$seal\"}"
	check "$(get .data.valid)" true
}

database_steps()
{
	step=database.read
	ask GET database/creds/db-app
	lease=$(get .lease_id)
	revoked=$(get '"\(.data.username) \(.data.password)"')
	ask GET database/creds/db-app
	check "$(get .lease_id)" "$lease"
	step=database.revoke
	ask PUT sys/leases/revoke "{\"lease_id\":\"$lease\"}"
	ask GET database/creds/db-app
	[ "$(get .lease_id)" != "$lease" ] || fail "it is still answered"
	echo "$step ok"
	echo "revoked $revoked"
	echo "living $(get '"\(.data.username) \(.data.password)"')"
}

token_steps()
{
	step=token.lookup_self
	ask GET auth/token/lookup-self
	check "$(get '.data.policies | join(",")') $(get '.data | has("id") | not')" \
	    "app,default true"
}

all_steps()
{
	client=clients/$1
	kv_steps kv1 kv1/ kv1/ %s .data
	kv_steps kv2 secret/data/ secret/metadata/ '{"data":%s}' .data.data
	transit_steps
	database_steps
	token_steps
}
