# SPDX-License-Identifier: Apache-2.0
tern_fuzz(at SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_at.c LINK tern_modem)
tern_fuzz(quectel SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_quectel.c LINK tern_modem)
