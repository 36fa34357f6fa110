# SPDX-License-Identifier: Apache-2.0
tern_fuzz(pem_lint SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_pem_lint.c LINK tern_lint tern_crypto)
