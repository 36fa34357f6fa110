# SPDX-License-Identifier: Apache-2.0
tern_fuzz(session SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_session.c LINK tern_bridge_core)

# The admin interface.
tern_fuzz(rest SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_rest.c LINK rest_rig)
target_compile_definitions(fuzz_rest PRIVATE _GNU_SOURCE)
tern_fuzz(http SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_http.c LINK tern_admin)
tern_fuzz(token SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_token.c ${CMAKE_SOURCE_DIR}/tests/support/token_maker.c
	LINK tern_token cjson)
target_compile_definitions(fuzz_token PRIVATE _GNU_SOURCE)
tern_fuzz(credential SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_credential.c LINK tern_credential)
tern_fuzz(bridge_config SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_bridge_config.c LINK tern_start)
tern_fuzz(told SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_told.c LINK tern_node)
