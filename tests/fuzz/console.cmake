# SPDX-License-Identifier: Apache-2.0
tern_fuzz(console SOURCES fuzz_console.c ${CMAKE_SOURCE_DIR}/tests/support/flash_model.c LINK tern_console)
tern_fuzz(demo_config SOURCES fuzz_demo_config.c LINK tern_demo)
