noinst_LIBRARIES += libadmin.a
libadmin_a_SOURCES =
# What a program of this layer links with: this layer and those below.
ADMIN_LIBS = libadmin.a $(PROXY_LIBS)
