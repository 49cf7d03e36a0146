/*
 * pack - numbers and texts one behind the other, for ourselves to read again.
 *
 * A number takes eight bytes, the lowest first, whatever the machine does.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/pack.h"

#define NUMBER_BYTES 8

static void put(struct pack *pack, const void *data, size_t len);

void
pack_number(struct pack *pack, uint64_t number)
{
	uint8_t octets[NUMBER_BYTES];

	for (size_t i = 0; i < NUMBER_BYTES; i++)
		octets[i] = (uint8_t)(number >> (8 * i));
	put(pack, octets, sizeof(octets));
}

void
pack_text(struct pack *pack, struct span text)
{
	pack_number(pack, text.len);
	put(pack, text.ptr, text.len);
}

bool
unpack_number(struct span *rest, uint64_t *out)
{
	uint64_t number = 0;

	if (rest->len < NUMBER_BYTES)
		return false;
	for (size_t i = 0; i < NUMBER_BYTES; i++)
		number |= (uint64_t)(uint8_t)rest->ptr[i] << (8 * i);
	*rest = span_skip(*rest, NUMBER_BYTES);
	*out = number;
	return true;
}

bool
unpack_text(struct span *rest, struct span *out)
{
	struct span tail = *rest;
	uint64_t len;

	if (!unpack_number(&tail, &len) || len > tail.len)
		return false;
	*out = (struct span){ tail.ptr, (size_t)len };
	*rest = span_skip(tail, (size_t)len);
	return true;
}

static void
put(struct pack *pack, const void *data, size_t len)
{
	if (pack->err == LH_OK && len > 0)
		pack->err = bytes_append(pack->into, data, len);
}
