# SPDX-License-Identifier: Apache-2.0
set(TERN_CPU -mcpu=cortex-m3)
include(${CMAKE_CURRENT_LIST_DIR}/../cortex_m/flags.cmake)
