# A unit test is one program a module, linked with its layer and those below.
unit_cache_ldadd = $(CACHE_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
