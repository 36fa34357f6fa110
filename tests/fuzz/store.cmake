# SPDX-License-Identifier: Apache-2.0
tern_fuzz(kv SOURCES fuzz_kv.c ${CMAKE_SOURCE_DIR}/tests/support/flash_model.c LINK tern_store)
tern_fuzz(history SOURCES fuzz_history.c ${CMAKE_SOURCE_DIR}/tests/support/flash_model.c LINK tern_store)
