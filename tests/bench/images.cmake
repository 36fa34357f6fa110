# SPDX-License-Identifier: Apache-2.0
add_executable(smoke smoke.c)
target_link_libraries(smoke PRIVATE tern_options tern_port tern_base)
