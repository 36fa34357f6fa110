# SPDX-License-Identifier: Apache-2.0
# A Cortex-M4 with its DSP instructions (mbedTLS multiplies with them).  Its
# floating-point unit stays off: nothing here computes with it, an exception then
# stacks 32 bytes instead of 104, and a stray floating-point instruction is a fault.
set(TERN_CPU -mcpu=cortex-m4 -mfloat-abi=soft)
include(${CMAKE_CURRENT_LIST_DIR}/../cortex_m/flags.cmake)
