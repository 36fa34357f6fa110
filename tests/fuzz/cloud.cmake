# SPDX-License-Identifier: Apache-2.0
foreach(target mqtt_packet mqtt iotcore)
	tern_fuzz(${target} SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_${target}.c LINK tern_cloud)
endforeach()
