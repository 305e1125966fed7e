# drydock_module(<name> [DEPENDS <module>...] [LIBS <target>...] [PRIVATE_LIBS <target>...]
#                [TEST_DEPENDS <module>...] [TEST_LIBS <target>...])
#
# src/<name>/*.cpp           -> static library drydock::<name>
# src/<name>/*_test.cpp      -> test binary, ctest label "unit": no network, no database
# src/<name>/*_pgtest.cpp    -> test binary, ctest label "pg": its own throw-away PostgreSQL
# src/<name>/*_fuzz.cpp      -> one libFuzzer binary each, where DRYDOCK_FUZZ is on
# src/<name>/sql/*.sql       -> "<name>/queries.h": one pg::Query each, in drydock::<name>::queries
#
# DEPENDS is the architecture: tools/check_layers.py fails on an include of a module that is not
# listed here, and `all_verify_interface_header_sets` compiles every header on its own.
# TEST_DEPENDS and TEST_LIBS name what only the tests may use.
function(drydock_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBS;PRIVATE_LIBS;TEST_DEPENDS;TEST_LIBS" ${ARGN})
  set(dir ${PROJECT_SOURCE_DIR}/src/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${dir}/*.h)
  list(FILTER headers EXCLUDE REGEX "_(pg)?test\\.h$")
  file(GLOB queries CONFIGURE_DEPENDS ${dir}/sql/*.sql)
  set(unit ${sources})
  list(FILTER unit INCLUDE REGEX "_test\\.cpp$")
  set(pg ${sources})
  list(FILTER pg INCLUDE REGEX "_pgtest\\.cpp$")
  set(fuzz ${sources})
  list(FILTER fuzz INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|pgtest|fuzz)\\.cpp$")

  set(target drydock_${name})
  list(TRANSFORM ARG_DEPENDS PREPEND "drydock::" OUTPUT_VARIABLE modules)
  list(TRANSFORM ARG_TEST_DEPENDS PREPEND "drydock::" OUTPUT_VARIABLE test_modules)
  if(NOT sources)
    message(STATUS "module ${name}: no sources yet")
    add_library(${target} INTERFACE)
    add_library(drydock::${name} ALIAS ${target})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  add_library(drydock::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  target_link_libraries(${target} PUBLIC ${modules} ${ARG_LIBS} PRIVATE drydock_flags ${ARG_PRIVATE_LIBS})
  target_precompile_headers(${target} REUSE_FROM drydock_pch)
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON LINKER_LANGUAGE CXX)
  set_property(GLOBAL APPEND_STRING PROPERTY DRYDOCK_LAYERS "${name}: ${ARG_DEPENDS} | ${ARG_TEST_DEPENDS}\n")

  if(queries)
    set(generated ${PROJECT_BINARY_DIR}/generated/${name}/queries.h)
    add_custom_command(OUTPUT ${generated}
      COMMAND ${CMAKE_COMMAND} -DMODULE=${name} -DDIR=${dir}/sql -DOUT=${generated} -P ${PROJECT_SOURCE_DIR}/cmake/embed_queries.cmake
      DEPENDS ${queries} ${PROJECT_SOURCE_DIR}/cmake/embed_queries.cmake VERBATIM)
    target_sources(${target} PRIVATE ${generated})
    target_include_directories(${target} PUBLIC ${PROJECT_BINARY_DIR}/generated)
  endif()

  foreach(kind unit pg)
    if(${kind} AND DRYDOCK_TESTS)
      add_executable(${target}_${kind} ${${kind}})
      target_link_libraries(${target}_${kind} PRIVATE ${target} ${test_modules} ${ARG_TEST_LIBS} drydock_flags GTest::gmock_main)
      target_precompile_headers(${target}_${kind} REUSE_FROM drydock_pch)
      add_dependencies(drydock_tests ${target}_${kind})
      gtest_discover_tests(${target}_${kind} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
        PROPERTIES LABELS ${kind} TIMEOUT 1200)
    endif()
  endforeach()
  if(DRYDOCK_FUZZ)
    foreach(file IN LISTS fuzz)
      get_filename_component(stem ${file} NAME_WE)
      add_executable(${stem} ${file})
      target_link_libraries(${stem} PRIVATE ${target} drydock_flags -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
