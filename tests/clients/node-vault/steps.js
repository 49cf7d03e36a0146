'use strict';

// The steps through node-vault.

const assert = require('assert');
const crypto = require('crypto');
const http = require('http');
const nodeVault = require('node-vault');

const FOLDER = 'clients/node-vault';
const PLAIN = Buffer.from('four score and seven').toString('base64');

// The client, over TCP or a unix socket.
function connect() {
	const address = process.env.VAULT_ADDR;
	if (!address.startsWith('unix://'))
		return nodeVault();
	const socketPath = address.slice('unix://'.length);
	return nodeVault({
		endpoint: 'http://localhost',
		requestOptions: { httpAgent: new http.Agent({ socketPath }) },
	});
}

function check(step, found, wanted) {
	assert.deepStrictEqual(found, wanted, step);
	console.log(`${step} ok`);
}

async function kv1(vault) {
	const secret = { color: crypto.randomBytes(8).toString('hex') };
	check('kv1.write', await vault.write(`kv1/${FOLDER}/a`, secret), '');
	check('kv1.read', (await vault.read(`kv1/${FOLDER}/a`)).data, secret);
	check('kv1.list', (await vault.list(`kv1/${FOLDER}`)).data.keys, ['a']);
}

async function kv2(vault) {
	const secret = { color: crypto.randomBytes(8).toString('hex') };
	const path = `secret/data/${FOLDER}/a`;
	const written = await vault.write(path, { data: secret });
	check('kv2.write', written.data.version > 0, true);
	check('kv2.read', (await vault.read(path)).data.data, secret);
	const listed = await vault.list(`secret/metadata/${FOLDER}`);
	check('kv2.list', listed.data.keys, ['a']);
}

async function transit(vault) {
	const sealed = await vault.encryptData({ name: 'app', plaintext: PLAIN });
	const ciphertext = sealed.data.ciphertext;
	check('transit.encrypt', ciphertext.startsWith('vault:v1:'), true);
	const opened = await vault.decryptData({ name: 'app', ciphertext });
	check('transit.decrypt', opened.data.plaintext, PLAIN);
	const signed = await vault.write('transit/sign/signer', { input: PLAIN });
	const signature = signed.data.signature;
	check('transit.sign', signature.startsWith('vault:v1:'), true);
	const verdict = await vault.write('transit/verify/signer',
		{ input: PLAIN, signature });
	check('transit.verify', verdict.data.valid, true);
}

async function database(vault) {
	const ask = () => vault.generateDatabaseCredentials(
		{ databasePath: 'database', name: 'db-app' });
	const first = await ask();
	check('database.read', (await ask()).lease_id, first.lease_id);
	await vault.revoke({ lease_id: first.lease_id });
	const second = await ask();
	check('database.revoke', second.lease_id !== first.lease_id, true);
	console.log('revoked', first.data.username, first.data.password);
	console.log('living', second.data.username, second.data.password);
}

async function token(vault) {
	const { data } = await vault.tokenLookupSelf();
	check('token.lookup_self', [data.policies, 'id' in data],
		[['app', 'default'], false]);
}

async function main() {
	const vault = connect();
	for (const part of [kv1, kv2, transit, database, token])
		await part(vault);
}

main().catch((error) => {
	console.error(error.message);
	process.exit(1);
});
