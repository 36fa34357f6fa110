# SPDX-License-Identifier: Apache-2.0
tern_fuzz(session SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_session.c LINK tern_bridge_core)
