# SPDX-License-Identifier: Apache-2.0
tern_fuzz(diagnosis SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_diagnosis.c LINK tern_cli)
tern_fuzz(explain SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_explain.c LINK tern_cli)
target_compile_definitions(fuzz_explain PRIVATE _GNU_SOURCE)
