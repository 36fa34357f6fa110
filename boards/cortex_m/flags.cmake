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
# What -Os takes for worth its bytes and is not: everywhere, and in our own code,
# which has no long loops (2 KB less flash).
add_compile_options(-fno-section-anchors -fno-jump-tables -fno-thread-jumps)
target_compile_options(tern_options INTERFACE
	-fno-tree-ch -fno-move-loop-invariants -fno-if-conversion -fno-if-conversion2 -fno-tree-dominator-opts
	-fno-caller-saves -fira-region=one)
set(CMAKE_EXECUTABLE_SUFFIX .elf)
