sbin_PROGRAMS += leasehold
leasehold_SOURCES = src/main/main.c
leasehold_LDADD = $(CONFIG_LIBS) $(LH_LIBS)
