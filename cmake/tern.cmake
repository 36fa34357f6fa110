# SPDX-License-Identifier: Apache-2.0
# The few functions in which the CMakeLists.txt of all folders are written.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(TERN_SANITIZE)
	add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=address,undefined)
endif()
if(TERN_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Names in __FILE__ and debug information start at the repository's root.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_CROSSCOMPILING)
	add_link_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)     # code is made there, too
endif()

# So that a linker can leave out what nobody calls.
add_compile_options(-ffunction-sections -fdata-sections)

# What all own code is compiled with.  Third-party code gets -w instead.
add_library(tern_options INTERFACE)
target_compile_options(tern_options INTERFACE
	-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum -Werror
	-Wvla -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wwrite-strings)
target_include_directories(tern_options INTERFACE
	${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/boards)

# Texts for people in two fifths of the flash (src/base/packed.h): in all modules on a
# chip, elsewhere only where a test asks for it.
if(CMAKE_CROSSCOMPILING)
	option(TERN_PACK_TEXTS "T(...) is packed" ON)
else()
	option(TERN_PACK_TEXTS "T(...) is packed" OFF)
endif()
set(TERN_PACK_TEXT ${CMAKE_SOURCE_DIR}/tools/pack_text.py)
set(TERN_PACKED_CODES ${CMAKE_BINARY_DIR}/packed_codes.c)    # made by the target tern_packed_codes
find_package(Python3 3.11 COMPONENTS Interpreter)
if(TERN_PACK_TEXTS AND NOT Python3_FOUND)
	message(FATAL_ERROR "texts are packed by Python 3.11; -DTERN_PACK_TEXTS=OFF does without")
endif()

# tern_pack_texts(TARGET): pack the texts of its sources.
function(tern_pack_texts target)
	get_target_property(launcher ${target} C_COMPILER_LAUNCHER)
	set(packer ${Python3_EXECUTABLE} ${TERN_PACK_TEXT} compile ${TERN_PACKED_CODES})
	if(launcher)
		list(APPEND packer ${launcher})
	endif()
	set_target_properties(${target} PROPERTIES C_COMPILER_LAUNCHER "${packer}")
	get_target_property(sources ${target} SOURCES)
	if(sources MATCHES "\\$<")   # of which no property can be set: it would keep texts of old codes
		message(FATAL_ERROR "${target} has texts to pack: name its sources without generator expressions")
	endif()
	set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS "${TERN_PACKED_CODES};${TERN_PACK_TEXT}")
	add_dependencies(${target} tern_packed_codes)
endfunction()

# tern_module(NAME SOURCES ... DEPENDS ...): one folder of src/ as the static
# library tern_NAME.  DEPENDS names other modules.
function(tern_module name)
	cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
	add_library(tern_${name} STATIC ${ARG_SOURCES})
	target_link_libraries(tern_${name} PRIVATE tern_options)
	target_include_directories(tern_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
	if(TERN_PACK_TEXTS)
		tern_pack_texts(tern_${name})
	endif()
	foreach(dep IN LISTS ARG_DEPENDS)
		target_link_libraries(tern_${name} PUBLIC tern_${dep})
	endforeach()
endfunction()

# tern_unit_test(NAME SOURCES ... LINK ...): a cmocka program and the ctest
# unit.NAME.  LINK names libraries.
function(tern_unit_test name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
	add_executable(unit_${name} ${ARG_SOURCES})
	target_link_libraries(unit_${name} PRIVATE tern_options ${ARG_LINK} cmocka)
	target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR})
	add_test(NAME unit.${name} COMMAND unit_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
	set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

if(TERN_FUZZ)
	add_custom_target(fuzz)
endif()

# tern_fuzz(NAME SOURCES ... LINK ...): a libFuzzer target in the fuzz preset;
# everywhere else the same source replays tests/fuzz/corpus/NAME as the ctest
# fuzz.NAME.
function(tern_fuzz name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
	add_executable(fuzz_${name} ${ARG_SOURCES})
	target_link_libraries(fuzz_${name} PRIVATE tern_options ${ARG_LINK})
	target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR})
	if(TERN_FUZZ)
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
		add_dependencies(fuzz fuzz_${name})
	else()
		target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
		add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
		set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
	endif()
endfunction()
