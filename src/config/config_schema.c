/*
 * config_schema - the table of keys: one row a key.
 *
 * Rows of one block stand together, in the order of the print. A path names
 * the blocks it lies in; where the fields of a block live is told by its path
 * (config_key_home()). Keys of a method's config block are not here: each
 * method has its own table (auth_method_types()).
 * Source: behaviour sections 1.2 to 1.14.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "config_words.h"

#define S 1000
#define HOUR (3600 * S)
#define YEAR ((int64_t)365 * 24 * HOUR)
#define MIB (1024 * 1024)
#define GIB ((int64_t)1024 * MIB)

#define FIELD(type, member) \
	{ offsetof(type, member), sizeof(((type *)0)->member) }
#define STATE(member) FIELD(struct config_state, member)
#define LISTENER(member) FIELD(struct config_listener_state, member)
#define RULE(member) FIELD(struct proxy_rule, member)
#define LIFETIME(member) FIELD(struct cache_lifetime, member)
#define SINK(member) FIELD(struct config_sink_state, member)
#define STATIC(member) FIELD(struct cache_static_row, member)
#define NO_FIELD { 0, 0 }
#define ANY { 0, 0 }

static const struct config_key keys[] = {
	{ "log_level", &config_kind_choice, "info", ANY,
	    STATE(config.log.level), config_words_log_levels, CONFIG_PRINT,
	    "trace, debug, info, warn or error." },
	{ "log_format", &config_kind_choice, "standard", ANY,
	    STATE(config.log.format), config_words_log_formats, CONFIG_PRINT,
	    "standard or json." },
	{ "log_output", &config_kind_choice, "stderr", ANY,
	    STATE(config.log.target), config_words_log_targets, CONFIG_PRINT,
	    "stderr, or syslog: the system's logger instead." },
	{ "log_socket", &config_kind_path, "/dev/log", ANY,
	    STATE(config.log.socket), NULL, CONFIG_PRINT,
	    "Where the system's logger listens." },
	{ "log_facility", &config_kind_choice, "daemon", ANY,
	    STATE(config.log.facility), config_words_log_facilities,
	    CONFIG_PRINT,
	    "What the system's logger sorts our lines by." },
	{ "log_file", &config_kind_path, "", ANY, STATE(config.log.file),
	    NULL, CONFIG_PRINT, "Log lines are also written here." },
	{ "log_rotate_bytes", &config_kind_size, "0", { 0, 1024 * GIB },
	    STATE(config.log.rotate_bytes), NULL, CONFIG_PRINT,
	    "log_file is replaced before it is larger; 0: never." },
	{ "log_rotate_duration", &config_kind_duration, "24h",
	    { 0, 100 * YEAR }, STATE(config.log.rotate_after), NULL,
	    CONFIG_PRINT, "log_file is replaced when so old; 0: never." },
	{ "log_rotate_max_files", &config_kind_count, "0", { -1, 1000000 },
	    STATE(config.log.rotate_max_files), NULL, CONFIG_PRINT,
	    "Old log files that are kept; 0: all, -1: none." },
	{ "pid_file", &config_kind_path, "", ANY, STATE(config.pid_file),
	    NULL, CONFIG_PRINT, "Holds the process id while running." },
	{ "exit_after_auth", &config_kind_strict_bool, "false", ANY,
	    STATE(config.exit_after_auth), NULL, CONFIG_PRINT,
	    "End once every sink holds the first token." },
	{ "shutdown_timeout", &config_kind_duration, "15s", { 0, HOUR },
	    STATE(config.shutdown_timeout), NULL, CONFIG_PRINT,
	    "From the signal to the end, for open requests." },
	{ "disable_idle_connections", &config_kind_subsystems, "", ANY,
	    STATE(idle_subsystems), NULL, CONFIG_PRINT,
	    "Subsystems that close connections after use." },
	{ "disable_keep_alives", &config_kind_subsystems, "", ANY,
	    STATE(keep_alive_subsystems), NULL, CONFIG_PRINT,
	    "Subsystems that send one request per connection." },

	{ "process.user", &config_kind_user, "", ANY,
	    STATE(config.process.uid), NULL, CONFIG_PRINT,
	    "User that a process started as root becomes." },
	{ "process.group", &config_kind_group, "", ANY,
	    STATE(config.process.gid), NULL, CONFIG_PRINT,
	    "Its group, if not the user's own." },
	{ "process.seccomp", &config_kind_strict_bool, "true", ANY,
	    STATE(config.process.seccomp), NULL, CONFIG_PRINT,
	    "Filter system calls, where the kernel can." },
	{ "process.landlock", &config_kind_strict_bool, "true", ANY,
	    STATE(config.process.landlock), NULL, CONFIG_PRINT,
	    "Close off all files not named here, where the kernel can." },

	{ "vault.address", &config_kind_addresses, "https://127.0.0.1:8200",
	    ANY, STATE(config.vault.addresses), NULL, CONFIG_PRINT,
	    "The server, or a list of servers: http, https or unix." },
	{ "vault.ca_cert", &config_kind_path, "", ANY,
	    STATE(config.vault.http.ca_file), NULL, CONFIG_PRINT,
	    "PEM file of authorities trusted." },
	{ "vault.ca_path", &config_kind_path, "", ANY,
	    STATE(config.vault.http.ca_path), NULL, CONFIG_PRINT,
	    "Directory of PEM files, if there is no ca_cert." },
	{ "vault.client_cert", &config_kind_path, "", ANY,
	    STATE(config.vault.http.client_cert), NULL, CONFIG_PRINT,
	    "Certificate shown to the server; with client_key." },
	{ "vault.client_key", &config_kind_path, "", ANY,
	    STATE(config.vault.http.client_key), NULL, CONFIG_PRINT,
	    "Its private key." },
	{ "vault.tls_server_name", &config_kind_text, "", ANY,
	    STATE(config.vault.http.tls_server_name), NULL, CONFIG_PRINT,
	    "Name expected in the server's certificate." },
	{ "vault.tls_skip_verify", &config_kind_bool, "false", ANY,
	    STATE(config.vault.http.tls_skip_verify), NULL, CONFIG_PRINT,
	    "Do not verify the server. For trials only." },
	{ "vault.namespace", &config_kind_namespace, "", ANY,
	    STATE(vault_namespace), NULL, CONFIG_PRINT,
	    "Namespace of the login, and of prepend_configured_namespace." },
	{ "vault.client_timeout", &config_kind_duration, "60s", { 1, HOUR },
	    STATE(config.vault.timeout), NULL, CONFIG_PRINT,
	    "Of a request with all its tries." },
	{ "vault.health_interval", &config_kind_duration, "10s",
	    { 100, HOUR }, STATE(config.vault.health_interval), NULL,
	    CONFIG_PRINT, "Between two looks at one of several servers." },
	{ "vault.proxy_address", &config_kind_url, "", ANY,
	    STATE(config.vault.http.proxy), NULL, CONFIG_PRINT,
	    "HTTP proxy on the way to the server." },
	{ "vault.retry.num_retries", &config_kind_retries, "12", ANY,
	    STATE(config.vault.max_retries), NULL, CONFIG_PRINT,
	    "0 is the default, -1 no retry." },

	{ "auto_auth.enable_reauth_on_new_credentials",
	    &config_kind_strict_bool, "false", ANY,
	    STATE(config.auth.reauth_on_new_credentials), NULL, CONFIG_PRINT,
	    "Log in anew when the method's files change." },
	{ "auto_auth.revoke_on_exit", &config_kind_strict_bool, "false", ANY,
	    STATE(config.revoke_on_exit), NULL, CONFIG_PRINT,
	    "At the end the token is revoked, and what was got with it." },
	{ "auto_auth.method.type", &config_kind_type, "", ANY, NO_FIELD,
	    NULL, CONFIG_PRINT_NEVER, "The method, if no label tells it." },
	{ "auto_auth.method.mount_path", &config_kind_text, "", ANY,
	    STATE(method_mount), NULL, CONFIG_PRINT,
	    "Where the method is mounted; auth/ and its type by default." },
	{ "auto_auth.method.namespace", &config_kind_namespace, "", ANY,
	    STATE(method_namespace), NULL, CONFIG_PRINT,
	    "Namespace of the login." },
	{ "auto_auth.method.min_backoff", &config_kind_duration, "1s",
	    { 0, YEAR }, STATE(config.auth.min_backoff), NULL, CONFIG_PRINT,
	    "Shortest wait after a failed login." },
	{ "auto_auth.method.max_backoff", &config_kind_duration, "5m",
	    { 0, YEAR }, STATE(config.auth.max_backoff), NULL, CONFIG_PRINT,
	    "Longest wait after failed logins." },
	{ "auto_auth.method.exit_on_err", &config_kind_strict_bool, "false",
	    ANY, STATE(config.auth.exit_on_err), NULL, CONFIG_PRINT,
	    "A failed login ends the process." },
	{ "auto_auth.method.max_login_attempts", &config_kind_count, "0",
	    { 0, 1000000 }, STATE(config.auth.max_login_attempts), NULL,
	    CONFIG_PRINT,
	    "So many failed logins in a row end the process; 0: never." },
	{ "auto_auth.method.wrap_ttl", &config_kind_duration, "0",
	    { 0, YEAR }, STATE(config.auth.wrap_ttl), NULL, CONFIG_PRINT,
	    "The login's answer is wrapped for so long and goes to the one "
	    "sink; 0: not wrapped." },
	{ "auto_auth.sink.wrap_ttl", &config_kind_duration, "0",
	    { 0, YEAR }, SINK(out.wrap_ttl), NULL, CONFIG_PRINT,
	    "The token is wrapped for so long; 0: not wrapped." },
	{ "auto_auth.sink.dh_type", &config_kind_choice, "", ANY,
	    SINK(dh_type), config_words_dh_types, CONFIG_PRINT,
	    "curve25519 encrypts the file for one reader." },
	{ "auto_auth.sink.dh_path", &config_kind_path, "", ANY,
	    SINK(dh_path), NULL, CONFIG_PRINT,
	    "File with the reader's public key, looked at for each token." },
	{ "auto_auth.sink.derive_key", &config_kind_strict_bool, "false", ANY,
	    SINK(out.dh.derive_key), NULL, CONFIG_PRINT,
	    "Encrypt with a key derived by HKDF from the shared secret." },
	{ "auto_auth.sink.aad", &config_kind_text, "", ANY,
	    SINK(aad), NULL, CONFIG_PRINT,
	    "Text that the encryption authenticates as well." },
	{ "auto_auth.sink.aad_env_var", &config_kind_text, "", ANY,
	    SINK(aad_variable), NULL, CONFIG_PRINT,
	    "Variable whose value is taken instead of aad, if it is set." },
	{ "auto_auth.sink.type", &config_kind_type, "", ANY, NO_FIELD,
	    NULL, CONFIG_PRINT_NEVER, "file, if no label tells it." },
	{ "auto_auth.sink.config.path", &config_kind_path, "", ANY,
	    SINK(out.path), NULL, CONFIG_PRINT,
	    "The file that holds the token." },
	{ "auto_auth.sink.config.mode", &config_kind_file_mode, "0640", ANY,
	    SINK(out.owner.mode), NULL, CONFIG_PRINT,
	    "Permission bits of the file." },
	{ "auto_auth.sink.config.uid", &config_kind_owner, "", ANY,
	    SINK(out.owner.uid), NULL, CONFIG_PRINT, "Owner of the file." },
	{ "auto_auth.sink.config.gid", &config_kind_owner, "", ANY,
	    SINK(out.owner.gid), NULL, CONFIG_PRINT, "Group of the file." },
	{ "auto_auth.sink.config.owner", &config_kind_owner, "", ANY,
	    SINK(out.owner.uid), NULL, CONFIG_PRINT_NEVER,
	    "Another name of uid." },
	{ "auto_auth.sink.config.group", &config_kind_owner, "", ANY,
	    SINK(out.owner.gid), NULL, CONFIG_PRINT_NEVER,
	    "Another name of gid." },

	{ "api_proxy.use_auto_auth_token", &config_kind_auto_auth, "", ANY,
	    STATE(proxy_auto_auth), NULL, CONFIG_PRINT,
	    "Put our token on requests without one; \"force\": on all." },
	{ "api_proxy.prepend_configured_namespace", &config_kind_bool,
	    "false", ANY, STATE(prepend_namespace), NULL, CONFIG_PRINT,
	    "Put the configured namespace before the caller's." },
	{ "api_proxy.enforce_consistency", &config_kind_never, "never", ANY,
	    NO_FIELD, NULL, CONFIG_PRINT_NEVER, "Only never." },
	{ "api_proxy.token_wait", &config_kind_duration, "10s",
	    { 0, HOUR }, STATE(config.proxy.token_wait), NULL, CONFIG_PRINT,
	    "How long a request waits for the first token." },

	{ "cache.max_entries", &config_kind_count, "200000",
	    { 1, 100000000 }, STATE(config.cache.max_entries), NULL,
	    CONFIG_PRINT, "Answers kept at most." },
	{ "cache.max_bytes", &config_kind_size, "256MiB",
	    { 64 * 1024, 1024 * GIB }, STATE(config.cache.max_bytes), NULL,
	    CONFIG_PRINT, "Memory of all answers kept." },
	{ "cache.max_entry_bytes", &config_kind_size, "1MiB",
	    { 1024, 64 * MIB }, STATE(config.cache.max_entry_bytes), NULL,
	    CONFIG_PRINT, "Larger answers are passed on, not kept." },
	{ "cache.floor_percent", &config_kind_count, "10", { 0, 90 },
	    STATE(config.cache.floor_percent), NULL, CONFIG_PRINT,
	    "Nothing is answered with less of its life left." },
	{ "cache.revoke_evicted", &config_kind_bool, "false", ANY,
	    STATE(config.cache.revoke_evicted), NULL, CONFIG_PRINT,
	    "Revoke leases that make room for others." },
	{ "cache.key_headers", &config_kind_headers, "", ANY,
	    STATE(config.cache.key_headers), NULL, CONFIG_PRINT,
	    "Header fields that tell requests apart, beside the usual ones." },
	{ "cache.cache_static_secrets", &config_kind_bool, "false", ANY,
	    STATE(cache_static_secrets), NULL, CONFIG_PRINT,
	    "Keep every answer of a KV engine, as a static block does." },
	{ "cache.static_secret_token_capability_refresh_interval",
	    &config_kind_duration, "5m", { S, YEAR },
	    STATE(config.cache.static_answers.refresh_interval), NULL,
	    CONFIG_PRINT, "How long a token that read a path may have it." },
	{ "cache.static_secret_token_capability_refresh_behavior",
	    &config_kind_choice, "optimistic", ANY,
	    STATE(config.cache.static_answers.behavior), config_words_behaviors,
	    CONFIG_PRINT, "What holds when that cannot be asked." },
	{ "cache.static_try_timeout", &config_kind_duration, "2s",
	    { 100, 60 * S }, STATE(config.cache.static_answers.try_timeout),
	    NULL, CONFIG_PRINT,
	    "Of the one try before an old static answer is given." },
	{ "cache.static_max_watchers", &config_kind_count, "1024",
	    { 1, 1000000 }, STATE(config.cache.static_answers.max_watchers),
	    NULL, CONFIG_PRINT, "Callers that wait for a change." },
	{ "cache.use_auto_auth_token", &config_kind_auto_auth, "", ANY,
	    STATE(cache_auto_auth), NULL, CONFIG_PRINT_NEVER,
	    "Old place of api_proxy.use_auto_auth_token." },
	{ "cache.enforce_consistency", &config_kind_never, "never", ANY,
	    NO_FIELD, NULL, CONFIG_PRINT_NEVER,
	    "Old place of api_proxy.enforce_consistency." },

	{ "cache.static.path", &config_kind_text, "", ANY, STATIC(pattern),
	    NULL, CONFIG_PRINT_NEVER, "The paths, if no label tells them." },
	{ "cache.static.ttl", &config_kind_duration, "60s", { 1, YEAR },
	    STATIC(ttl), NULL, CONFIG_PRINT,
	    "How long an answer is given without asking again." },
	{ "cache.static.stale_if_error", &config_kind_duration, "1h",
	    { 0, YEAR }, STATIC(stale_if_error), NULL, CONFIG_PRINT,
	    "How much longer while Vault is away." },
	{ "cache.static.revalidate", &config_kind_duration, "0s",
	    { 0, YEAR }, STATIC(revalidate), NULL, CONFIG_PRINT,
	    "An answer in use is fetched anew at that age." },
	{ "cache.static.negative_ttl", &config_kind_duration, "5s",
	    { 0, YEAR }, STATIC(negative_ttl), NULL, CONFIG_PRINT,
	    "How long a 404 is given." },
	{ "cache.persist.type", &config_kind_type, "", ANY, NO_FIELD, NULL,
	    CONFIG_PRINT_NEVER,
	    "kubernetes, file or credential, if no label tells it." },
	{ "cache.persist.path", &config_kind_path, "", ANY,
	    STATE(config.persist.path), NULL, CONFIG_PRINT,
	    "Folder that the sealed file lies in." },
	{ "cache.persist.service_account_token_file", &config_kind_path,
	    "/var/run/secrets/kubernetes.io/serviceaccount/token", ANY,
	    STATE(config.persist.service_account_token_file), NULL,
	    CONFIG_PRINT, "kubernetes: the key is derived from this token." },
	{ "cache.persist.key_file", &config_kind_path, "", ANY,
	    STATE(config.persist.key_file), NULL, CONFIG_PRINT,
	    "file: the key is derived from what is in it." },
	{ "cache.persist.credential", &config_kind_text, "", ANY,
	    STATE(config.persist.credential), NULL, CONFIG_PRINT,
	    "credential: the same, by its name as systemd has it." },
	{ "cache.persist.keep_after_import", &config_kind_strict_bool,
	    "false", ANY, STATE(config.persist.keep_after_import), NULL,
	    CONFIG_PRINT,
	    "Go on writing after an earlier file was read." },
	{ "cache.persist.exit_on_err", &config_kind_strict_bool, "false",
	    ANY, STATE(config.persist.exit_on_err), NULL, CONFIG_PRINT,
	    "A file that cannot be read ends the start." },
	{ "cache.lifetime.kind", &config_kind_choice, "", ANY,
	    LIFETIME(kind), config_words_lifetime_kinds, CONFIG_PRINT,
	    "certificate, ttl, static-role or security-token." },
	{ "cache.lifetime.from", &config_kind_text, "", ANY,
	    LIFETIME(member), NULL, CONFIG_PRINT,
	    "Member of the answer that tells the life, data.ttl." },
	{ "cache.lifetime.as", &config_kind_choice, "", ANY,
	    LIFETIME(unit), config_words_lifetime_units, CONFIG_PRINT,
	    "What from holds: seconds, unix or time." },

	{ "listener.type", &config_kind_type, "", ANY, NO_FIELD, NULL,
	    CONFIG_PRINT_NEVER, "tcp or unix, if no label tells it." },
	{ "listener.address", &config_kind_listen, "127.0.0.1:8200", ANY,
	    LISTENER(out.socket.address), NULL, CONFIG_PRINT,
	    "host:port, or the path of a unix socket." },
	{ "listener.allow_remote", &config_kind_bool, "false", ANY,
	    LISTENER(allow_remote), NULL, CONFIG_PRINT,
	    "Listen on an address that others than this machine reach." },
	{ "listener.role", &config_kind_choice, "default", ANY,
	    LISTENER(out.role), config_words_roles, CONFIG_PRINT,
	    "default or metrics_only." },
	{ "listener.require_request_header", &config_kind_bool, "false", ANY,
	    LISTENER(out.require_request_header), NULL, CONFIG_PRINT,
	    "Refuse requests without X-Vault-Request: true." },
	{ "listener.allow_browsers", &config_kind_bool, "false", ANY,
	    LISTENER(out.allow_browsers), NULL, CONFIG_PRINT,
	    "Answer requests that web pages have made a browser send." },
	{ "listener.allowed_hosts", &config_kind_hosts, "", ANY,
	    LISTENER(out.allowed_hosts), NULL, CONFIG_PRINT,
	    "What the Host of a request may be; \"*\" is anything." },
	{ "listener.tls_disable", &config_kind_bool, "false", ANY,
	    LISTENER(tls_disable), NULL, CONFIG_PRINT, "Speak plain HTTP." },
	{ "listener.tls_cert_file", &config_kind_path, "", ANY,
	    LISTENER(out.tls.cert_file), NULL, CONFIG_PRINT,
	    "PEM file of our certificate, leaf first." },
	{ "listener.tls_key_file", &config_kind_path, "", ANY,
	    LISTENER(out.tls.key_file), NULL, CONFIG_PRINT,
	    "PEM file of its private key." },
	{ "listener.tls_min_version", &config_kind_choice, "tls12", ANY,
	    LISTENER(out.tls.min_version), config_words_tls_versions,
	    CONFIG_PRINT,
	    "tls10, tls11, tls12 or tls13." },
	{ "listener.tls_max_version", &config_kind_choice, "tls13", ANY,
	    LISTENER(out.tls.max_version), config_words_tls_versions,
	    CONFIG_PRINT,
	    "tls10, tls11, tls12 or tls13." },
	{ "listener.tls_cipher_suites", &config_kind_ciphers, "", ANY,
	    LISTENER(out.tls.ciphers), NULL, CONFIG_PRINT,
	    "Suites up to TLS 1.2, by IANA's names, commas between." },
	{ "listener.tls_require_and_verify_client_cert", &config_kind_bool,
	    "false", ANY, LISTENER(out.tls.require_client_cert), NULL,
	    CONFIG_PRINT, "Refuse callers without a certificate." },
	{ "listener.tls_client_ca_file", &config_kind_path, "", ANY,
	    LISTENER(out.tls.client_ca_file), NULL, CONFIG_PRINT,
	    "PEM file of authorities of callers." },
	{ "listener.tls_disable_client_certs", &config_kind_bool, "false",
	    ANY, LISTENER(tls_disable_client_certs), NULL, CONFIG_PRINT,
	    "Never ask callers for a certificate." },
	{ "listener.socket_mode", &config_kind_socket_mode, "", ANY,
	    LISTENER(out.socket), NULL, CONFIG_PRINT,
	    "Permission bits of a unix socket." },
	{ "listener.socket_user", &config_kind_user, "", ANY,
	    LISTENER(out.socket.uid), NULL, CONFIG_PRINT,
	    "Owner of a unix socket, by name or number." },
	{ "listener.socket_group", &config_kind_group, "", ANY,
	    LISTENER(out.socket.gid), NULL, CONFIG_PRINT,
	    "Group of a unix socket, by name or number." },
	{ "listener.allow_uids", &config_kind_users, "", ANY,
	    LISTENER(out.socket.allow_uids), NULL, CONFIG_PRINT,
	    "Users who may connect to a unix socket." },
	{ "listener.allow_gids", &config_kind_groups, "", ANY,
	    LISTENER(out.socket.allow_gids), NULL, CONFIG_PRINT,
	    "Groups whose members may connect to a unix socket." },
	{ "listener.rule.methods", &config_kind_methods, "", ANY,
	    RULE(methods), NULL, CONFIG_PRINT,
	    "Methods that the rule is for; all if untold." },
	{ "listener.rule.paths", &config_kind_rule_paths, "", ANY,
	    RULE(paths), NULL, CONFIG_PRINT,
	    "Paths that the rule is for; all if untold." },
	{ "listener.agent_api.enable_quit", &config_kind_strict_bool,
	    "false", ANY, LISTENER(agent_quit), NULL, CONFIG_PRINT,
	    "POST /agent/v1/quit ends the process." },
	{ "listener.proxy_api.enable_quit", &config_kind_strict_bool,
	    "false", ANY, LISTENER(proxy_quit), NULL, CONFIG_PRINT,
	    "POST /proxy/v1/quit ends the process." },

	{ "telemetry.prometheus_retention_time", &config_kind_duration,
	    "24h", { 0, 100 * YEAR }, STATE(config.prometheus_retention),
	    NULL, CONFIG_PRINT, "0: no format=prometheus at /agent/v1/metrics "
	    "and /proxy/v1/metrics." },
	{ "telemetry.statsd_address", &config_kind_text, "", ANY,
	    STATE(config.telemetry.statsd), NULL, CONFIG_PRINT,
	    "host:port that metrics are sent to by UDP." },
	{ "telemetry.dogstatsd_addr", &config_kind_text, "", ANY,
	    STATE(config.telemetry.dogstatsd), NULL, CONFIG_PRINT,
	    "The same, with tags." },
	{ "telemetry.dogstatsd_tags", &config_kind_tags, "", ANY,
	    STATE(config.telemetry.tags), NULL, CONFIG_PRINT,
	    "Tags of every metric sent to dogstatsd_addr." },
	{ "telemetry.metrics_prefix", &config_kind_text, "vault", ANY,
	    STATE(config.telemetry.prefix), NULL, CONFIG_PRINT,
	    "First part of the metric names that others have given." },
	{ "telemetry.disable_hostname", &config_kind_bool, "false", ANY,
	    STATE(config.telemetry.disable_hostname), NULL, CONFIG_PRINT,
	    "Leave the host name out of the names of gauges." },

	{ "limits.max_body_bytes", &config_kind_size, "32MiB",
	    { 1024, GIB }, STATE(config.server.max_body_bytes), NULL,
	    CONFIG_PRINT, "Of a request; more is answered 413." },
	{ "limits.max_connections", &config_kind_count, "16384",
	    { 1, 1000000 }, STATE(config.server.max_connections), NULL,
	    CONFIG_PRINT, "Of callers, all listeners together." },
	{ "limits.max_requests", &config_kind_count, "8192", { 1, 1000000 },
	    STATE(config.proxy.max_requests), NULL, CONFIG_PRINT,
	    "Under way at once; more are answered 503." },
	{ "limits.head_timeout", &config_kind_duration, "10s", { 1, HOUR },
	    STATE(config.server.head_timeout), NULL, CONFIG_PRINT,
	    "From the first byte of a request to its whole head." },
	{ "limits.body_timeout", &config_kind_duration, "30s", { 1, HOUR },
	    STATE(config.server.body_timeout), NULL, CONFIG_PRINT,
	    "From the head of a request to its whole body." },
	{ "limits.idle_timeout", &config_kind_duration, "5m",
	    { 1, 24 * HOUR }, STATE(config.server.idle_timeout), NULL,
	    CONFIG_PRINT, "Between requests of a connection." },
	{ "limits.write_timeout", &config_kind_duration, "60s", { 1, HOUR },
	    STATE(config.server.write_timeout), NULL, CONFIG_PRINT,
	    "Without progress of an answer." },

	{ "background.per_second", &config_kind_count, "5", { 1, 1000 },
	    STATE(config.background.per_second), NULL, CONFIG_PRINT,
	    "Requests of our own that start in a second." },
	{ "background.max_running", &config_kind_count, "4", { 1, 1000 },
	    STATE(config.background.max_running), NULL, CONFIG_PRINT,
	    "Requests of our own under way at once." },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct config_block blocks[] = {
	{ "process", false }, { "vault", false }, { "vault.retry", false },
	{ "auto_auth", false }, { "auto_auth.method", false },
	{ "auto_auth.method.config", false },
	{ "auto_auth.sink", true }, { "auto_auth.sinks", true },
	{ "auto_auth.sinks.sink", true },
	{ "auto_auth.sink.config", false },
	{ "api_proxy", false }, { "cache", false },
	{ "cache.lifetime", true }, { "cache.persist", false },
	{ "cache.static", true },
	{ "listener", true }, { "listener.rule", true },
	{ "listener.agent_api", false },
	{ "listener.proxy_api", false },
	{ "telemetry", false }, { "limits", false },
	{ "background", false },
};

#define BLOCKS (sizeof(blocks) / sizeof(blocks[0]))

static bool is_path(const char *path, const char *block, const char *name);

const struct config_key *
config_schema_key(const char *block, const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (is_path(keys[i].path, block, name))
			return &keys[i];
	}
	return NULL;
}

const struct config_block *
config_schema_block(const char *block, const char *name)
{
	size_t i;

	for (i = 0; i < BLOCKS; i++) {
		if (is_path(blocks[i].path, block, name))
			return &blocks[i];
	}
	return NULL;
}

const struct config_block *
config_schema_block_at(size_t index)
{
	return index < BLOCKS ? &blocks[index] : NULL;
}

const struct config_key *
config_schema_at(size_t index)
{
	return index < KEYS ? &keys[index] : NULL;
}

bool
config_schema_is_in(const struct config_key *key, const char *block)
{
	return config_path_is_in(key->path, block);
}

const char *
config_key_name(const struct config_key *key)
{
	return config_path_name(key->path);
}

enum config_home
config_key_home(const struct config_key *key)
{
	if (span_starts(span_of(key->path), SPAN_LITERAL("cache.lifetime.")))
		return CONFIG_HOME_LIFETIME;
	if (span_starts(span_of(key->path), SPAN_LITERAL("listener.rule.")))
		return CONFIG_HOME_RULE;
	if (span_starts(span_of(key->path), SPAN_LITERAL("listener.")))
		return CONFIG_HOME_LISTENER;
	if (span_starts(span_of(key->path), SPAN_LITERAL("auto_auth.sink.")))
		return CONFIG_HOME_SINK;
	if (span_starts(span_of(key->path), SPAN_LITERAL("cache.static.")))
		return CONFIG_HOME_STATIC;
	return CONFIG_HOME_STATE;
}

bool
config_row(size_t index, struct config_row *out)
{
	const struct config_key *key = config_schema_at(index);

	if (key == NULL)
		return false;
	*out = (struct config_row){ key->path, key->kind->name, key->preset,
	    key->help };
	return true;
}

static bool
is_path(const char *path, const char *block, const char *name)
{
	return config_path_is_in(path, block) &&
	    strcasecmp(config_path_name(path), name) == 0;
}

const char *
config_path_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? dot + 1 : path;
}

bool
config_path_is_in(const char *path, const char *block)
{
	size_t len = strlen(block);
	const char *last = config_path_name(path);

	if (len == 0)
		return last == path;
	return (size_t)(last - path) == len + 1 &&
	    strncmp(path, block, len) == 0;
}
