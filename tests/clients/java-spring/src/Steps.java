import java.net.URI;
import java.util.List;
import java.util.Map;
import org.springframework.vault.client.VaultEndpoint;
import org.springframework.vault.core.VaultKeyValueOperations;
import org.springframework.vault.core.VaultKeyValueOperationsSupport.KeyValueBackend;
import org.springframework.vault.core.VaultTemplate;
import org.springframework.vault.core.VaultTransitOperations;
import org.springframework.vault.support.Ciphertext;
import org.springframework.vault.support.Plaintext;
import org.springframework.vault.support.Signature;
import org.springframework.vault.support.VaultResponse;

/** The steps through Spring Vault. */
public final class Steps {
	private static final String FOLDER = "clients/java-spring";

	private final VaultTemplate vault;

	private Steps() {
		vault = new VaultTemplate(
			VaultEndpoint.from(URI.create(System.getenv("VAULT_ADDR"))));
	}

	private static void check(String step, Object found, Object wanted) {
		if (!wanted.equals(found))
			throw new IllegalStateException(step + ": is " + found
				+ ", should be " + wanted);
		System.out.println(step + " ok");
	}

	private void kv(String step, String mount, KeyValueBackend version) {
		VaultKeyValueOperations engine =
			vault.opsForKeyValue(mount, version);
		Map<String, Object> secret =
			Map.of("color", Long.toHexString(System.nanoTime()));
		engine.put(FOLDER + "/a", secret);
		System.out.println(step + ".write ok");
		check(step + ".read", engine.get(FOLDER + "/a").getData(), secret);
		check(step + ".list", engine.list(FOLDER), List.of("a"));
	}

	private void transit() {
		VaultTransitOperations engine = vault.opsForTransit();
		Plaintext plain = Plaintext.of("four score and seven");
		Ciphertext sealed = engine.encrypt("app", plain);
		check("transit.encrypt",
			sealed.getCiphertext().startsWith("vault:v1:"), true);
		check("transit.decrypt", engine.decrypt("app", sealed), plain);
		Signature seal = engine.sign("signer", plain);
		check("transit.sign",
			seal.getSignature().startsWith("vault:v1:"), true);
		check("transit.verify", engine.verify("signer", plain, seal), true);
	}

	private void database() {
		String path = "database/creds/db-app";
		VaultResponse first = vault.read(path);
		check("database.read", vault.read(path).getLeaseId(),
			first.getLeaseId());
		vault.write("sys/leases/revoke",
			Map.of("lease_id", first.getLeaseId()));
		VaultResponse second = vault.read(path);
		check("database.revoke",
			second.getLeaseId().equals(first.getLeaseId()), false);
		tell("revoked", first);
		tell("living", second);
	}

	private static void tell(String word, VaultResponse lease) {
		System.out.println(word + " " + lease.getRequiredData().get("username")
			+ " " + lease.getRequiredData().get("password"));
	}

	private void token() {
		Map<String, Object> looked =
			vault.read("auth/token/lookup-self").getRequiredData();
		check("token.lookup_self",
			"" + looked.get("policies") + looked.containsKey("id"),
			"[app, default]false");
	}

	/** Runs all steps. */
	public static void main(String[] arguments) {
		Steps steps = new Steps();

		steps.kv("kv1", "kv1", KeyValueBackend.KV_1);
		steps.kv("kv2", "secret", KeyValueBackend.KV_2);
		steps.transit();
		steps.database();
		steps.token();
	}
}
