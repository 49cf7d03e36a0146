noinst_LIBRARIES += libcache.a
libcache_a_SOURCES = \
	include/cache/cache.h src/cache/cache.c \
	include/cache/cache_answer.h src/cache/cache_answer.c \
	include/cache/cache_journal.h \
	include/cache/cache_lifetime.h src/cache/cache_lifetime.c \
	src/cache/cache_arrival.h src/cache/cache_arrival.c \
	src/cache/cache_ended.h src/cache/cache_ended.c \
	src/cache/cache_entrance.h src/cache/cache_entrance.c \
	src/cache/cache_entry.h src/cache/cache_entry.c \
	src/cache/cache_index.h src/cache/cache_index.c \
	src/cache/cache_landing.c \
	src/cache/cache_key.h src/cache/cache_key.c \
	src/cache/cache_priv.h \
	src/cache/cache_policy.h src/cache/cache_policy.c \
	src/cache/cache_purge.h src/cache/cache_purge.c \
	include/cache/persist.h src/cache/persist.c src/cache/persist_priv.h \
	src/cache/persist_folder.h src/cache/persist_folder.c \
	src/cache/persist_record.h src/cache/persist_record.c \
	src/cache/persist_restore.c src/cache/persist_rewrite.c \
	include/cache/cache_static.h \
	src/cache/cache_restore.h src/cache/cache_restore.c \
	src/cache/cache_store.h src/cache/cache_store.c \
	src/cache/cache_tags.c \
	src/cache/flight.h src/cache/flight.c \
	src/cache/kv.h src/cache/kv.c \
	src/cache/kv_priv.h src/cache/kv_entries.c \
	src/cache/kv_gate.h src/cache/kv_gate.c \
	src/cache/kv_path.h src/cache/kv_path.c \
	src/cache/kv_rights.h src/cache/kv_rights.c \
	src/cache/kv_rows.h src/cache/kv_rows.c \
	src/cache/kv_watch.h src/cache/kv_watch.c \
	src/cache/kv_write.c \
	src/cache/lease_keeper.h src/cache/lease_keeper.c \
	src/cache/lease_quiet.h src/cache/lease_quiet.c \
	src/cache/lease_revoker.h src/cache/lease_revoker.c \
	src/cache/lease_state.h src/cache/lease_state.c \
	src/cache/lineage.h src/cache/lineage.c \
	src/cache/unshareable.h src/cache/unshareable.c
# What a program of this layer links with: this layer and those below.
CACHE_LIBS = libcache.a $(VAULT_LIBS)
