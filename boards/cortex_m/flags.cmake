# SPDX-License-Identifier: Apache-2.0
# For everything that is compiled for a board with an ARMv7-M core.  The board's
# flags.cmake sets TERN_CPU to the compiler's options for its core.
add_compile_options(${TERN_CPU} -mthumb -ffunction-sections -fdata-sections)
add_link_options(${TERN_CPU} -mthumb)
# Objects hold machine code and what the linker needs to optimise across them; an
# image chooses by linking with -flto (7 KB less flash) or without.
add_compile_options(-flto -ffat-lto-objects)
add_link_options(-fno-lto)
if(TERN_TLS13)
	add_link_options(-Wl,--defsym=tern_stack_size=5120)   # bytes; PSA's layers take 1.3 KB more of it
endif()
set(CMAKE_EXECUTABLE_SUFFIX .elf)
