# SPDX-License-Identifier: Apache-2.0
# The core of this board, for everything that is compiled for it.
add_compile_options(-mcpu=cortex-m3 -mthumb -ffunction-sections -fdata-sections)
add_link_options(-mcpu=cortex-m3 -mthumb)
set(CMAKE_EXECUTABLE_SUFFIX .elf)
