noinst_LIBRARIES += libconfig.a
libconfig_a_SOURCES = include/config/config.h
# What a program of this layer links with: this layer and those below.
CONFIG_LIBS = libconfig.a $(ADMIN_LIBS)
