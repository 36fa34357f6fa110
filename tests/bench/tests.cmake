# SPDX-License-Identifier: Apache-2.0
# The fixtures firmware.BOARD build what the tests below run; tests elsewhere may
# require them too.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

foreach(board stm32f103 qemu)
	add_test(NAME firmware.${board}
		COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/build_images.py ${board} all)
	set_tests_properties(firmware.${board} PROPERTIES
		LABELS firmware TIMEOUT 900 SKIP_RETURN_CODE 77 FIXTURES_SETUP firmware.${board})
endforeach()

foreach(row "stm32l496 all" "stm32f103_codes tern-demo" "qemu_l475 port-test" "qemu_tls13 tern-demo bench_live")
	separate_arguments(row)
	list(GET row 0 board)
	add_test(NAME firmware.${board} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/build_images.py ${row})
	set_tests_properties(firmware.${board} PROPERTIES
		LABELS firmware TIMEOUT 900 SKIP_RETURN_CODE 77 FIXTURES_SETUP firmware.${board})
endforeach()

# bench_test(NAME FIXTURES ... COMMAND SCRIPT ARGS...)
function(bench_test name)
	cmake_parse_arguments(ARG "" "" "FIXTURES;COMMAND" ${ARGN})
	add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${ARG_COMMAND} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
	set_tests_properties(${name} PROPERTIES
		LABELS qemu TIMEOUT 300 SKIP_RETURN_CODE 77 FIXTURES_REQUIRED "${ARG_FIXTURES}")
endfunction()

set(qemu ${CMAKE_SOURCE_DIR}/build/qemu)
set(chip ${CMAKE_SOURCE_DIR}/build/stm32f103)
bench_test(board.port FIXTURES firmware.qemu COMMAND smoke_test.py ${qemu}/tests/bench/smoke.elf)
bench_test(board.registers FIXTURES firmware.stm32f103 COMMAND registers_test.py ${chip}/tests/bench/registers.elf)
foreach(image tests/bench/smoke app/demo/tern-demo)
	get_filename_component(name ${image} NAME)
	bench_test(board.same_objects.${name} FIXTURES firmware.qemu firmware.stm32f103
		COMMAND same_objects_test.py ${chip} ${qemu} ${image})
endforeach()
if(TARGET tern-modem)
	set(modem $<TARGET_FILE:tern-modem>)
endif()
bench_test(bench.figures FIXTURES firmware.qemu COMMAND run.py ${qemu} ${modem})
bench_test(bench.tls13 FIXTURES firmware.qemu_tls13 COMMAND tls13.py ${CMAKE_SOURCE_DIR}/build/qemu_tls13)
bench_test(bench.sizes FIXTURES firmware.qemu COMMAND sizes_test.py ${qemu}/app/demo/tern-demo.elf)

# README says what bench.figures has measured.
set_tests_properties(bench.figures PROPERTIES FIXTURES_SETUP figures)
bench_test(bench.readme FIXTURES firmware.stm32f103 firmware.stm32f103_codes figures
	COMMAND ${CMAKE_SOURCE_DIR}/tools/figures.py readme)
