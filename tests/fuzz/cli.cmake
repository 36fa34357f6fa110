# SPDX-License-Identifier: Apache-2.0
tern_fuzz(hearing SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_hearing.c LINK tern_cli)
tern_fuzz(csv SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_csv.c LINK tern_cli)
tern_fuzz(import SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_import.c LINK tern_cli)
tern_fuzz(doctor_settings SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_doctor_settings.c LINK tern_cli)
