# SPDX-License-Identifier: Apache-2.0
foreach(name pem key jwt root tls)
	tern_fuzz(${name} SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_${name}.c LINK tern_crypto)
endforeach()
