# SPDX-License-Identifier: Apache-2.0
# The core of this board, for everything that is compiled for it.
add_compile_options(-mcpu=cortex-m3 -mthumb -ffunction-sections -fdata-sections)
add_link_options(-mcpu=cortex-m3 -mthumb)
# Objects hold machine code and what the linker needs to optimise across them; an
# image chooses by linking with -flto (7 KB less flash) or without.
add_compile_options(-flto -ffat-lto-objects)
add_link_options(-fno-lto)
set(CMAKE_EXECUTABLE_SUFFIX .elf)
