/* bytes.h - integers in byte order, from and to unaligned memory. No bounds are checked here. */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_be16(const void *b)
{
	uint16_t v;
	memcpy(&v, b, sizeof(v));
	return be16toh(v);
}

static inline uint32_t get_be32(const void *b)
{
	uint32_t v;
	memcpy(&v, b, sizeof(v));
	return be32toh(v);
}

static inline uint64_t get_be64(const void *b)
{
	uint64_t v;
	memcpy(&v, b, sizeof(v));
	return be64toh(v);
}

static inline uint16_t get_le16(const void *b)
{
	uint16_t v;
	memcpy(&v, b, sizeof(v));
	return le16toh(v);
}

static inline uint32_t get_le32(const void *b)
{
	uint32_t v;
	memcpy(&v, b, sizeof(v));
	return le32toh(v);
}

static inline uint64_t get_le64(const void *b)
{
	uint64_t v;
	memcpy(&v, b, sizeof(v));
	return le64toh(v);
}

static inline void put_be16(void *b, uint16_t v)
{
	v = htobe16(v);
	memcpy(b, &v, sizeof(v));
}

static inline void put_be32(void *b, uint32_t v)
{
	v = htobe32(v);
	memcpy(b, &v, sizeof(v));
}

static inline void put_be64(void *b, uint64_t v)
{
	v = htobe64(v);
	memcpy(b, &v, sizeof(v));
}
