# SPDX-License-Identifier: Apache-2.0
tern_fuzz(modem_line SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_modem_line.c LINK tern_virtual_modem)
tern_fuzz(modem_control SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_modem_control.c LINK tern_virtual_modem_control)
