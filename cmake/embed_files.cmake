# cmake -DNAMESPACE=<ns> -DHEADER=<header> -DFUNCTION=<name> -DPATTERN=<glob> -DOUT=<source> -P embed_files.cmake
# One source file that defines <ns>::<name>(): the matching files, by name, with their text as it is.
file(GLOB files ${PATTERN})
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  if(text MATCHES "\\)~file~\"")
    message(FATAL_ERROR "${file} holds the mark that ends an embedded text")
  endif()
  string(APPEND rows "    {\"${name}\", R\"~file~(${text})~file~\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {

constexpr EmbeddedFile kFiles[] = {
${rows}};

}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() {
    return kFiles;
}

}  // namespace ${NAMESPACE}
")
