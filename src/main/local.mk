sbin_PROGRAMS += leasehold
leasehold_SOURCES = src/main/main.c
leasehold_LDADD = libconfig.a $(ADMIN_LIBS) $(LH_LIBS)
