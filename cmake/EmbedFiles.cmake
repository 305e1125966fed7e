# drydock_embed_files(<module> <function> <pattern> [HEADER <header>])
#
# Compiles the files that match the pattern (below src/<module>/) into the module. The header (<module>/<function>.h
# unless given) declares `std::span<const EmbeddedFile> <function>()` in drydock::<module>; its definition is made
# at build time, again whenever a file comes, goes or changes.
function(drydock_embed_files module function pattern)
  cmake_parse_arguments(ARG "" "HEADER" "" ${ARGN})
  if(NOT ARG_HEADER)
    set(ARG_HEADER ${module}/${function}.h)
  endif()
  set(path ${PROJECT_SOURCE_DIR}/src/${module}/${pattern})
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake)
  set(out ${PROJECT_BINARY_DIR}/generated/${module}/${function}.cpp)
  file(GLOB files CONFIGURE_DEPENDS ${path})
  # A file that goes leaves no newer one behind: the list itself is what the source is made from, too.
  file(CONFIGURE OUTPUT ${out}.list CONTENT "${files}\n" @ONLY)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=drydock::${module} -DHEADER=${ARG_HEADER} -DFUNCTION=${function}
      -DPATTERN=${path} -DOUT=${out} -P ${script}
    DEPENDS ${files} ${out}.list ${script} VERBATIM)
  target_sources(drydock_${module} PRIVATE ${out})
  target_include_directories(drydock_${module} PRIVATE ${PROJECT_SOURCE_DIR}/src)
endfunction()
