# Loaded before the C library by what runs the sweep; never installed.
check_PROGRAMS += tests/faults/fault.so
tests_faults_fault_so_SOURCES = tests/faults/fault.c
tests_faults_fault_so_CPPFLAGS = -D_GNU_SOURCE
tests_faults_fault_so_CFLAGS = -std=gnu11 -Wall -Wextra -fPIC
tests_faults_fault_so_LDFLAGS = -shared
EXTRA_DIST += \
	tests/faults/README tests/faults/run tests/faults/soak \
	tests/faults/callers.py \
	tests/faults/calls.py \
	tests/faults/machine.py \
	tests/faults/names.py \
	tests/faults/place.py \
	tests/faults/preload.py \
	tests/faults/soaking.py \
	tests/faults/standard.py \
	tests/faults/sweep.py \
	tests/faults/table.py \
	tests/faults/upstream.py
