# cmake -DMODULE=<name> -DDIR=<folder of .sql> -DOUT=<header> -P embed_queries.cmake
# One `inline constexpr pg::Query` for each file, named after it. The header comment of a file is for its
# readers and stays here; the rest is what goes over the wire.
file(GLOB files ${DIR}/*.sql)
list(SORT files)
set(body "#pragma once\n\n#include \"pg/query.h\"\n\nnamespace drydock::${MODULE}::queries {\n")
foreach(file IN LISTS files)
  get_filename_component(stem ${file} NAME_WE)
  file(READ ${file} text)
  string(REGEX REPLACE "^(--[^\n]*\n)+" "" text "${text}")
  string(STRIP "${text}" text)
  string(APPEND body "\ninline constexpr pg::Query ${stem}{\"${MODULE}.${stem}\", R\"~sql~(${text})~sql~\"};\n")
endforeach()
string(APPEND body "\n}  // namespace drydock::${MODULE}::queries\n")
file(WRITE ${OUT} "${body}")
