# Joins the files of daemon/api/openapi to one OpenAPI document, and writes it as a C++ source file. Run with
# -DFOLDER=folder -DVERSION=version -DOUTPUT=file.

# The members of the object that a file holds, without its braces.
function(read_members name result)
  file(READ "${FOLDER}/${name}" text)
  string(STRIP "${text}" text)
  string(LENGTH "${text}" length)
  math(EXPR inner "${length} - 2")
  string(SUBSTRING "${text}" 1 ${inner} text)
  string(STRIP "${text}" text)
  # What every answer has, and what every operation may answer, stand in one place each.
  string(REPLACE "\"headers\": {\"any\": {}" "\"headers\": {${any_header}" text "${text}")
  string(REPLACE "\"any\": {}" "${any_answer}" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# A compiler may bound the length of one literal: each file is a piece of its own.
function(add_piece text)
  set_property(GLOBAL APPEND_STRING PROPERTY pieces "      R\"~openapi~(${text})~openapi~\",\n")
endfunction()

# The members of all files of a folder.
function(add_files folder)
  file(GLOB files RELATIVE "${FOLDER}" "${FOLDER}/${folder}/*.json")
  list(SORT files)
  set(before "")
  foreach(file IN LISTS files)
    read_members("${file}" members)
    add_piece("${before}${members}")
    set(before ",\n")
  endforeach()
endfunction()

read_members(any_header.json any_header)
read_members(any_answer.json any_answer)
read_members(document.json document)
string(REPLACE "@RISKD_VERSION@" "${VERSION}" document "${document}")
add_piece("{\n${document},\n\"paths\": {\n")
add_files(paths)
add_piece("\n},\n\"components\": {\n")
foreach(part parameters headers responses security_schemes)
  read_members(${part}.json members)
  string(REPLACE "security_schemes" "securitySchemes" name ${part})
  add_piece("\"${name}\": {\n${members}\n},\n")
endforeach()
add_piece("\"schemas\": {\n")
add_files(schemas)
add_piece("\n}\n}\n}\n")

get_property(pieces GLOBAL PROPERTY pieces)
file(WRITE "${OUTPUT}.new" "// Made by cmake/embed_openapi.cmake from daemon/api/openapi.
#include \"daemon/api/openapi.hpp\"

namespace riskd::api {

const std::vector<std::string_view>& openapi_pieces() {
  static const std::vector<std::string_view> all{
${pieces}  };
  return all;
}

}  // namespace riskd::api
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}")
