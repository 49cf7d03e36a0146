import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.response.DatabaseResponse;
import io.github.jopenlibs.vault.response.LookupResponse;
import java.util.List;
import java.util.Map;

/** The steps through vault-java-driver. */
public final class Steps {
	private static final String FOLDER = "clients/java-driver";
	private static final String PLAIN = "Zm91ciBzY29yZSBhbmQgc2V2ZW4=";

	private final Vault vault;
	/** Something else in each run. */
	private final String color = Long.toHexString(System.nanoTime());

	/** A client that takes all engines for KV of that version. */
	private Steps(int version) throws VaultException {
		vault = Vault.create(
			new VaultConfig().engineVersion(version).build());
	}

	private static void check(String step, Object found, Object wanted) {
		if (!wanted.equals(found))
			throw new IllegalStateException(step + ": is " + found
				+ ", should be " + wanted);
		System.out.println(step + " ok");
	}

	private void kv(String step, String mount) throws VaultException {
		String path = mount + "/" + FOLDER;
		Map<String, Object> secret = Map.of("color", color);
		int status = vault.logical().write(path + "/a", secret)
			.getRestResponse().getStatus();
		check(step + ".write", status / 100, 2);
		check(step + ".read", vault.logical().read(path + "/a").getData(),
			secret);
		check(step + ".list", vault.logical().list(path).getListData(),
			List.of("a"));
	}

	private JsonObject transit(String action, Map<String, Object> body)
			throws VaultException {
		return vault.logical().write("transit/" + action, body)
			.getDataObject();
	}

	private void transit() throws VaultException {
		String sealed = transit("encrypt/app", Map.of("plaintext", PLAIN))
			.getString("ciphertext");
		check("transit.encrypt", sealed.startsWith("vault:v1:"), true);
		JsonObject opened = transit("decrypt/app",
			Map.of("ciphertext", sealed));
		check("transit.decrypt", opened.getString("plaintext"), PLAIN);
		String seal = transit("sign/signer", Map.of("input", PLAIN))
			.getString("signature");
		check("transit.sign", seal.startsWith("vault:v1:"), true);
		JsonObject verdict = transit("verify/signer",
			Map.of("input", PLAIN, "signature", seal));
		check("transit.verify", verdict.getBoolean("valid"), true);
	}

	private void database() throws VaultException {
		DatabaseResponse first = vault.database().creds("db-app");
		DatabaseResponse again = vault.database().creds("db-app");
		check("database.read", again.getLeaseId(), first.getLeaseId());
		vault.sys().leases().revoke(first.getLeaseId());
		DatabaseResponse second = vault.database().creds("db-app");
		check("database.revoke",
			second.getLeaseId().equals(first.getLeaseId()), false);
		tell("revoked", first);
		tell("living", second);
	}

	private static void tell(String word, DatabaseResponse lease) {
		System.out.println(word + " " + lease.getCredential().getUsername()
			+ " " + lease.getCredential().getPassword());
	}

	private void token() throws VaultException {
		LookupResponse looked = vault.auth().lookupSelf();
		check("token.lookup_self", looked.getPolicies() + looked.getId(),
			"[app, default]");
	}

	/** Runs all steps. */
	public static void main(String[] arguments) throws VaultException {
		Steps steps = new Steps(1);

		steps.kv("kv1", "kv1");
		new Steps(2).kv("kv2", "secret");
		steps.transit();
		steps.database();
		steps.token();
	}
}
