# embed_texts(TARGET LAYER FILES…): makes the files of src/LAYER/ part of the program, as functions
# `std::string_view <name>_<suffix>()` in namespace pryv_export::LAYER, declared in "LAYER/assets.hpp".
function(embed_texts target layer)
  foreach(file ${ARGN})
    set(from ${PROJECT_SOURCE_DIR}/src/${layer}/${file})
    set(to ${CMAKE_CURRENT_BINARY_DIR}/embedded/${layer}_${file}.cpp)
    string(REPLACE "." "_" name ${file})
    add_custom_command(OUTPUT ${to}
      COMMAND ${CMAKE_COMMAND} -DFROM=${from} -DTO=${to} -DLAYER=${layer} -DNAME=${name}
              -P ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
      DEPENDS ${from} ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
      VERBATIM)
    target_sources(${target} PRIVATE ${to})
  endforeach()
endfunction()
