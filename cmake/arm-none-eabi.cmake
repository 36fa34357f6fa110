# SPDX-License-Identifier: Apache-2.0
# Toolchain: Debian's gcc-arm-none-eabi for bare metal.  The core (-mcpu) is the
# board's business.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# Optimising across objects takes names from chance unless it is given a seed; with it
# the same sources give the same bytes, in whatever folder.
set(CMAKE_C_COMPILE_OBJECT
	"<CMAKE_C_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -frandom-seed=<OBJECT> -o <OBJECT> -c <SOURCE>")
