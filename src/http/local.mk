noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES =
# What a program of this layer links with: this layer and those below.
HTTP_LIBS = libhttp.a $(BASE_LIBS)
