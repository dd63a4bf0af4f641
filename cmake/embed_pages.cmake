# Writes the pages of docs/diagnostics as one C++ source file, so that riskctl shows them wherever it
# is installed. Run with -DPAGES=folder -DOUTPUT=file.
file(GLOB pages "${PAGES}/R[0-9]*.md")
list(SORT pages)
set(entries)
foreach(page IN LISTS pages)
  get_filename_component(name "${page}" NAME_WE)
  file(READ "${page}" text)
  string(APPEND entries "    {\"${name}\", R\"~page~(${text})~page~\"},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "// Made by cmake/embed_pages.cmake from docs/diagnostics.
#include \"daemon/riskctl/pages.hpp\"

namespace riskd::riskctl {

const std::vector<Page>& pages() {
  static const std::vector<Page> all{
${entries}  };
  return all;
}

}  // namespace riskd::riskctl
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}")
