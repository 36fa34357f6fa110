/* SPDX-License-Identifier: Apache-2.0 */
/* file_in_image.h - a file of recording/ (made by record.py) as an array. */
#ifndef TERN_TESTS_BENCH_FILE_IN_IMAGE_H
#define TERN_TESTS_BENCH_FILE_IN_IMAGE_H

#include <stdint.h>

#define FILE_IN_IMAGE(name)                                                         \
	extern const uint8_t name[], name##_end[];                                  \
	__asm(".pushsection .rodata." #name ",\"a\"\n"                              \
	      ".global " #name ", " #name "_end\n"                                  \
	      #name ": .incbin \"" #name ".bin\"\n"                                 \
	      #name "_end: .byte 0\n"                                               \
	      ".popsection\n")

#endif
